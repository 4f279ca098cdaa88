import type { JsonValue } from "../protocol";

export type JsonObject = Readonly<Record<string, JsonValue>>;

export function isObject(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function wordOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
