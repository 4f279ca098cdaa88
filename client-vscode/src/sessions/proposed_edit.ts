import type { AskView, JsonValue } from "../protocol";
import { isJsonObject, type JsonObject } from "./json";

const CUT_FROM = 8_000;

/** How an agent wants to change one file. */
export interface ProposedEdit {
  /** Absolute, or from the agent's working directory. */
  readonly file: string;
  /** What the file would hold then; null: it cannot be told, say because the file holds something else by now. */
  after(before: string): string | null;
}

/** Null: the ask is about no edit of a file, or about one that cannot be shown side by side. */
export function proposedEdit({ details }: AskView): ProposedEdit | null {
  const { input } = details;
  if (!isJsonObject(input)) {
    return null;
  }
  const { file_path: file, content, edits } = input;
  if (typeof file !== "string" || file === "") {
    return null;
  }
  if (typeof content === "string") {
    return isWhole(content) ? { file, after: () => content } : null;
  }
  const pieces = Array.isArray(edits) ? edits : [input];
  const replacements = pieces.flatMap(replacementOf);
  return replacements.length === pieces.length && pieces.length > 0
    ? { file, after: (before) => replacements.reduce<string | null>(replaced, before) }
    : null;
}

/** Long texts come cut, with a sign at their end: half a file must not look like the whole. */
function isWhole(text: string): boolean {
  return text.length < CUT_FROM || !text.endsWith("…");
}

interface Replacement {
  readonly old: string;
  readonly new: string;
  readonly all: boolean;
}

function replacementOf(piece: JsonValue | JsonObject): Replacement[] {
  if (!isJsonObject(piece)) {
    return [];
  }
  const { old_string: old, new_string: fresh, replace_all: all } = piece;
  return typeof old === "string" && typeof fresh === "string" && isWhole(old) && isWhole(fresh) ? [{ old, new: fresh, all: all === true }] : [];
}

function replaced(text: string | null, { old, new: fresh, all }: Replacement): string | null {
  if (text === null || (old === "" && text !== "") || !text.includes(old)) {
    return null;
  }
  if (old === "") {
    return fresh;
  }
  return all ? text.replaceAll(old, () => fresh) : text.replace(old, () => fresh);
}
