import type { Row } from "../../webview/messages";
import type { JsonValue } from "../protocol";
import type { JsonObject } from "../sessions/json";

/** What a row says besides when it was. */
export type Told = Partial<Omit<Row, "id" | "at">>;

const MAX_LINE = 160;

export function words(data: JsonObject, keys: readonly string[]): string | null {
  const found = keys.map((key) => data[key]).filter((value): value is string => typeof value === "string" && value !== "");
  return found.length === 0 ? null : oneLine(found.join(" · "));
}

export function first(data: JsonObject, keys: readonly string[]): string | null {
  const value = keys.map((key) => data[key]).find((one) => typeof one === "string" && one !== "");
  return typeof value === "string" ? value : null;
}

export function oneLine(value: string): string {
  const [line = ""] = value.trimStart().slice(0, 4 * MAX_LINE).split("\n", 1);
  return line.length > MAX_LINE || line.trimEnd() !== value.trim() ? `${line.slice(0, MAX_LINE).trimEnd()} …` : line.trimEnd();
}

export function json(value: JsonValue | JsonObject): string {
  return JSON.stringify(value, null, 2);
}

export function joined(...parts: readonly (string | null)[]): string | null {
  return parts.filter((part) => part !== null && part !== "").join(" · ") || null;
}
