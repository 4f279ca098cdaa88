import path from "node:path";
import type { JsonValue } from "../protocol";
import { isJsonObject } from "./json";

/** In the order in which they are asked for and written. */
export const ROLES = ["design", "code", "tests"] as const;
export type Role = (typeof ROLES)[number];
export type ComponentPaths = Partial<Record<Role, string>>;

/** The kind of what has parts: its code and tests are folders. */
export const CONTEXT = "context";

const FOLDERS: Readonly<Record<Role, string>> = { code: "src", tests: "tests", design: "docs/design" };
const LANGUAGE_OF_TOOL: Readonly<Record<string, string>> = { pytest: "python", vitest: "typescript" };
const SUFFIXES: Readonly<Record<string, string>> = { python: ".py", typescript: ".ts", javascript: ".js" };
const WORDS = /[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|\d+/g;

/** What stands above a new component. */
export interface Context {
  readonly name: string;
  readonly paths: Readonly<Record<string, string>>;
}

interface NewPart {
  readonly name: string;
  readonly kind: string;
  readonly context: Context | null;
}

/** Where the files of a new component go when nobody says so: by the project's settings, as the daemon would place them. */
export function pathsOf({ name, kind, context }: NewPart, settings: Readonly<Record<string, JsonValue>>): ComponentPaths {
  const folders = { ...FOLDERS, ...foldersOf(settings.folders) };
  const language = languageOf(settings);
  const stem = stemOf(name, language);
  const below = (role: Role): string => (context === null ? folders[role] : ownFolder(context, role, folders[role], language));
  const design = path.posix.join(below("design"), `${stem}.md`);
  if (kind === CONTEXT) {
    return { design, code: path.posix.join(below("code"), stem), tests: path.posix.join(below("tests"), stem) };
  }
  const suffix = SUFFIXES[language ?? ""];
  if (suffix === undefined) {
    return { design };
  }
  const test = language === "python" ? `test_${stem}${suffix}` : `${stem}.test${suffix}`;
  return { design, code: path.posix.join(below("code"), `${stem}${suffix}`), tests: path.posix.join(below("tests"), test) };
}

function foldersOf(named: JsonValue | undefined): Partial<Record<Role, string>> {
  const given = isJsonObject(named) ? named : {};
  return Object.fromEntries(ROLES.flatMap((role) => (typeof given[role] === "string" ? [[role, given[role]]] : [])));
}

function languageOf({ language, test_tool: tool }: Readonly<Record<string, JsonValue>>): string | null {
  if (typeof language === "string" && language !== "") {
    return language;
  }
  return typeof tool === "string" ? (LANGUAGE_OF_TOOL[tool] ?? null) : null;
}

/** `Shop.LineItem` is `line_item`, or in JavaScript's world `line-item`. */
function stemOf(name: string, language: string | null): string {
  const words = name.slice(name.lastIndexOf(".") + 1).match(WORDS) ?? ["component"];
  return words.map((word) => word.toLowerCase()).join(language === "typescript" || language === "javascript" ? "-" : "_");
}

/** A path with a suffix is the context's own file: what belongs to it stands in a folder of that name. */
function ownFolder({ name, paths }: Context, role: Role, folder: string, language: string | null): string {
  const own = paths[role];
  if (own === undefined) {
    return path.posix.join(folder, stemOf(name, language));
  }
  const file = path.posix.basename(own);
  return path.posix.extname(own) === "" ? own : path.posix.join(path.posix.dirname(own), file.split(".", 1)[0] ?? file);
}
