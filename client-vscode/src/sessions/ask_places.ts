import type { AskView } from "../protocol";

/** Of the documents that show what is asked. */
export const ASK_SCHEME = "treadle-ask";

/** Its kind decides which buttons the editor has above it. */
export function pathOfAsk({ id, kind }: AskView, name: string): string {
  return `/${id}/${kind}/${name}`;
}

/** The ask that a document shows; null: it shows none. */
export function askAt({ scheme, path }: { readonly scheme: string; readonly path: string }): number | null {
  const [, id = ""] = /^\/(\d+)\//.exec(path) ?? [];
  return scheme === ASK_SCHEME && id !== "" ? Number(id) : null;
}
