import type { SessionHead } from "../protocol";
import { plainLine } from "./plain_text";

/** Of the documents whose editor is a session's timeline. */
export const SESSION_SCHEME = "treadle";
const MAX_NAME = 80;

export interface SessionPlace {
  readonly sessionId: number;
  /** Null: whoever wrote the address did not say it. */
  readonly uid: string | null;
}

/** Its last part is what an editor calls the tab until the session has told its title. */
export function addressOfSession({ id, uid }: Pick<SessionHead, "id" | "uid">, title: string): { scheme: string; path: string; query: string } {
  const name = Array.from(plainLine(title).replace(/[/\\]+/g, "-")).slice(0, MAX_NAME).join("").trim();
  return { scheme: SESSION_SCHEME, path: `/session/${id}/${name === "" ? "Session" : name} #${id}`, query: uid };
}

/** Null: the address is none of a session. */
export function sessionAt({ scheme, path, query }: { readonly scheme: string; readonly path: string; readonly query: string }): SessionPlace | null {
  const [, id = ""] = /^\/session\/([1-9]\d{0,14})(?:\/|$)/.exec(path) ?? [];
  return scheme === SESSION_SCHEME && id !== "" ? { sessionId: Number(id), uid: query === "" ? null : query } : null;
}
