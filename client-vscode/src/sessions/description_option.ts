import type { SessionTypeView } from "../protocol";
import { isJsonObject } from "./json";

/** What a type wants to know of its work in a person's words: its required option `description`. */
export interface DescriptionOption {
  /** The type's own sentence about it. */
  readonly about: string | null;
  /** In characters, as JSON Schema counts them: code points. */
  readonly maxLength: number | null;
}

const MAX_TITLE = 72;

export function descriptionOption({ optionsSchema }: Pick<SessionTypeView, "optionsSchema">): DescriptionOption | null {
  const { properties, required } = optionsSchema;
  const schema = isJsonObject(properties) ? properties.description : undefined;
  if (!isJsonObject(schema) || schema.type !== "string" || !Array.isArray(required) || !required.includes("description")) {
    return null;
  }
  return {
    about: typeof schema.description === "string" ? schema.description : null,
    maxLength: typeof schema.maxLength === "number" ? schema.maxLength : null,
  };
}

/** Why a text is no description, in a sentence; null: it is one. */
export function problemOfDescription(text: string, { maxLength }: DescriptionOption): string | null {
  if (text.trim() === "") {
    return "Say in a sentence what is to be done.";
  }
  const length = Array.from(text.trim()).length;
  return maxLength !== null && length > maxLength ? `That is too long: ${length} characters, and ${maxLength} are the most.` : null;
}

/** The first line of a description, at a word's end when it is long. */
export function titleOfDescription(text: string): string {
  const [line = ""] = text.trim().split("\n", 1);
  const characters = Array.from(line.trim().replaceAll(/\s+/g, " "));
  if (characters.length <= MAX_TITLE) {
    return characters.join("");
  }
  const cut = characters.slice(0, MAX_TITLE - 1).join("");
  const end = cut.lastIndexOf(" ");
  return `${end > 0 ? cut.slice(0, end) : cut}…`;
}

/** What a person can begin with comes first: a type that needs a sentence and nothing else. */
export function inOrderOfEase(types: readonly SessionTypeView[]): SessionTypeView[] {
  const isEasy = (type: SessionTypeView): boolean => !type.needsComponent && descriptionOption(type) !== null;
  return [...types.filter(isEasy), ...types.filter((type) => !isEasy(type))];
}
