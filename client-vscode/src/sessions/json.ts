import type { JsonValue } from "../protocol";

export type JsonObject = Readonly<Record<string, JsonValue>>;

export function wordOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
