import type { JsonValue, SessionTypeView } from "../protocol";
import { isJsonObject, type JsonObject, wordOf } from "./json";

export type ParameterKind = "text" | "integer" | "number" | "boolean" | "choice" | "list";

/** What a person gives when a session of a workflow begins. */
export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly about: string | null;
  readonly isRequired: boolean;
  readonly fallback: JsonValue | undefined;
  readonly choices: readonly string[];
  readonly minimum: number | null;
  readonly maximum: number | null;
  /** It may have no value at all, as it does by its default. */
  readonly isNullable: boolean;
}

/** Every session has these options anyway; they are no parameters of the workflow. */
const OF_EVERY_SESSION: ReadonlySet<string> = new Set([
    "model",
    "max_turns",
    "max_parallel",
    "permission_mode",
    "budget_usd",
    "stall_timeout_s",
    "ask_timeout_s",
]);
const KINDS: Readonly<Record<string, ParameterKind>> = {
  integer: "integer",
  number: "number",
  boolean: "boolean",
  array: "list",
};
const DIGITS = /^[+-]?\d+$/;
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** In the order of the file, those that must be given first. */
export function parametersOf({ optionsSchema }: Pick<SessionTypeView, "optionsSchema">): Parameter[] {
  const properties = isJsonObject(optionsSchema.properties) ? optionsSchema.properties : {};
  const required = new Set(Array.isArray(optionsSchema.required) ? optionsSchema.required : []);
  const parameters = Object.entries(properties)
    .filter(([name]) => !OF_EVERY_SESSION.has(name))
    .map(([name, schema]) => parameterOf(name, isJsonObject(schema) ? schema : {}, required.has(name)));
  return [...parameters.filter((one) => one.isRequired), ...parameters.filter((one) => !one.isRequired)];
}

function parameterOf(name: string, schema: JsonObject, isRequired: boolean): Parameter {
  const { description, default: fallback } = schema;
  const { type, minimum, maximum, ...values } = valueSchemaOf(schema);
  const choices = choicesOf(values);
  return {
    name,
    kind: choices.length > 0 ? "choice" : ((typeof type === "string" ? KINDS[type] : undefined) ?? "text"),
    about: typeof description === "string" ? description : null,
    isRequired,
    fallback,
    choices,
    minimum: typeof minimum === "number" ? minimum : null,
    maximum: typeof maximum === "number" ? maximum : null,
    isNullable: fallback === null,
  };
}

/** What a value is when there is one: pydantic writes "or null" as a choice between the two. */
function valueSchemaOf(schema: JsonObject): JsonObject {
  const ways = (Array.isArray(schema.anyOf) ? schema.anyOf : []).filter(isJsonObject).filter(({ type }) => type !== "null");
  return ways.length === 1 ? { ...schema, ...ways[0] } : schema;
}

function choicesOf(schema: JsonObject): string[] {
  const choices = Array.isArray(schema.enum) ? schema.enum : [schema.const];
  return choices.filter((choice): choice is string => typeof choice === "string");
}

/** Why a text is no value of a parameter, in a sentence; null: it is one. */
export function problemOfValue(text: string, parameter: Parameter): string | null {
  const { kind, isRequired, isNullable } = parameter;
  const typed = text.trim();
  if (typed === "" && isNullable) {
    return null;
  }
  if (typed === "" && (isRequired || kind === "integer" || kind === "number")) {
    return `${parameter.name} needs a value.`;
  }
  if (kind === "list") {
    return typed.startsWith("[") && listIn(typed) === null ? "This is not a list of texts as JSON has it." : null;
  }
  return kind === "integer" || kind === "number" ? problemOfNumber(typed, parameter) : null;
}

function problemOfNumber(typed: string, { name, kind, minimum, maximum }: Parameter): string | null {
  const value = Number(typed);
  if (kind === "integer" && !(DIGITS.test(typed) && Number.isSafeInteger(value))) {
    return `${name} is a whole number.`;
  }
  if (!DECIMAL.test(typed) || !Number.isFinite(value)) {
    return `${name} is a number.`;
  }
  if (minimum !== null && value < minimum) {
    return `${name} is at least ${minimum}.`;
  }
  return maximum !== null && value > maximum ? `${name} is at most ${maximum}.` : null;
}

/** Of a text without a problem. */
export function valueOf(text: string, { kind, isNullable }: Parameter): JsonValue {
  if (isNullable && text.trim() === "") {
    return null;
  }
  switch (kind) {
    case "integer":
    case "number":
      return Number(text.trim());
    case "boolean":
      return text === "true";
    case "list":
      return listOf(text.trim());
    default:
      return text;
  }
}

/** How a value stands in a box, so that `valueOf` reads the same again. */
export function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) {
    return "";
  }
  if (Array.isArray(value)) {
    const plain = value.map(wordOf).join(", ");
    return JSON.stringify(listOf(plain)) === JSON.stringify(value) ? plain : JSON.stringify(value);
  }
  return wordOf(value);
}

/** One a line or divided by commas; where a text has a comma itself, as JSON. */
function listOf(typed: string): string[] {
  return listIn(typed) ?? typed.split(/[\n,]/).map((each) => each.trim()).filter((each) => each !== "");
}

function listIn(typed: string): string[] | null {
  if (!typed.startsWith("[")) {
    return null;
  }
  try {
    const list: unknown = JSON.parse(typed);
    return Array.isArray(list) && list.every((each) => typeof each === "string") ? list : null;
  } catch {
    return null;
  }
}
