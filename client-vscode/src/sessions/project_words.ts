import type { JsonValue } from "../protocol";
import { isJsonObject, wordOf } from "./json";

/** What is known of a project's tests and folders, in sentences. */
export function foundOf(settings: Readonly<Record<string, JsonValue>>): string {
  return [testsOf(settings.test_command), foldersOf(settings.folders)].filter((sentence) => sentence !== "").join(" ");
}

function testsOf(command: JsonValue | undefined): string {
  const words = Array.isArray(command) ? command : typeof command === "string" ? [command] : [];
  return words.length === 0
    ? "How its tests are run was not found: say it as test_command."
    : `Its tests are run by ${words.map(quoted).join(" ")}.`;
}

function quoted(word: JsonValue): string {
  const text = wordOf(word);
  return /^[\w./=:@%+,-]+$/.test(text) ? text : JSON.stringify(text);
}

function foldersOf(folders: JsonValue | undefined): string {
  if (!isJsonObject(folders) || typeof folders.code !== "string" || typeof folders.tests !== "string") {
    return "";
  }
  return folders.code === "." ? `Tests are in ${folders.tests}.` : `Code is in ${folders.code}, tests are in ${folders.tests}.`;
}
