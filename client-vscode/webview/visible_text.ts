/** Makes text read in another order than it stands, or not at all. */
const UNSEEN = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]/g;

/** What hides in a text shows, each as a sign, so that a command never looks like another one. */
export function visible(text: string): string {
  return text.replace(UNSEEN, "\u2423");
}
