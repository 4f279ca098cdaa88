import type { JsonValue } from "../protocol";

export type JsonObject = Readonly<Record<string, JsonValue>>;

export function wordOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A number of things; 0 where it is none. */
export function countOf(value: JsonValue | undefined): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
