import type { EventRow } from "../../webview/messages";
import type { JsonValue } from "../protocol";
import type { JsonObject } from "../sessions/json";

/** What a row says besides when it was. */
export type Told = Partial<Pick<EventRow, "icon" | "tone" | "title" | "text" | "detail" | "file" | "output">>;

const MAX_DETAIL = 20_000;
const MAX_LINE = 160;

export function words(data: JsonObject, keys: readonly string[]): string | null {
  const found = keys.map((key) => data[key]).filter((value): value is string => typeof value === "string" && value !== "");
  return found.length === 0 ? null : found.join(" · ");
}

export function first(data: JsonObject, keys: readonly string[]): string | null {
  const value = keys.map((key) => data[key]).find((one) => typeof one === "string" && one !== "");
  return typeof value === "string" ? clip(value) : null;
}

export function oneLine(value: string): string {
  const [line = ""] = value.trim().split("\n", 1);
  return line.length > MAX_LINE || line !== value.trim() ? `${line.slice(0, MAX_LINE)} …` : line;
}

export function json(value: JsonValue | JsonObject): string {
  return clip(JSON.stringify(value, null, 2));
}

export function clip(value: string): string {
  return value.length > MAX_DETAIL ? `${value.slice(0, MAX_DETAIL)}\n[… ${value.length - MAX_DETAIL} characters more …]` : value;
}
