/** Line breaks, escapes, and what makes text read in another order than it stands. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** One line that shows nothing but itself; what an agent or a file named need not be harmless. */
export function plainLine(text: string): string {
  return text.replace(DIRECTIONS, "").replace(CONTROLS, " ").trim();
}

export function isPlainLine(text: string): boolean {
  return text.search(CONTROLS) === -1 && text.search(DIRECTIONS) === -1;
}
