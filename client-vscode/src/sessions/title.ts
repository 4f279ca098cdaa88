import { isPlainLine } from "./plain_text";

/** What the daemon keeps. */
const MAX_TITLE = 200;

/** Why a text cannot be a title; null: it can. */
export function problemOfTitle(text: string): string | null {
  const length = Array.from(text.trim()).length;
  if (length > MAX_TITLE) {
    return `A title has at most ${MAX_TITLE} characters; these are ${length}.`;
  }
  return isPlainLine(text) ? null : "A title is one line, without control characters and marks of writing direction.";
}
