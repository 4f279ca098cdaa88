import type { JsonValue } from "../protocol";

export type JsonObject = Readonly<Record<string, JsonValue>>;

export function wordOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
