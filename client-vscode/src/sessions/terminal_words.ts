import type { SessionHead } from "../protocol";
import { type Names, titleOf } from "./words";

const NAME = /^Treadle: .* #(\d+)$/s;
/** How `treadle run` ends when there is nothing to tell: complete, paused, another mode, left by the person. */
const QUIET: readonly (number | undefined)[] = [0, 8, 130];
const REASONS: Readonly<Record<number, string>> = {
  1: "it has not succeeded",
  3: "the project is not ready for it",
  4: "the project is not trusted",
  5: "Claude Code was not found, or is not logged in",
  6: "the daemon does not answer",
  7: "somebody else runs it",
};

export function terminalNameOf(head: SessionHead, names: Names): string {
  return `Treadle: ${titleOf(head, names)} #${head.id}`;
}

export function sessionOfTerminal(name: string): number | null {
  const id = NAME.exec(name)?.[1];
  return id === undefined ? null : Number(id);
}

/** Null: nothing that a person has to be told. */
export function sentenceOfEnd(sessionId: number, code: number | undefined): string | null {
  if (QUIET.includes(code)) {
    return null;
  }
  const reason = code === undefined ? undefined : REASONS[code];
  return reason === undefined
    ? `The terminal of session ${sessionId} ended with exit code ${code ?? "unknown"}; the session waits where it was.`
    : `Session ${sessionId} does not go on in its terminal: ${reason}.`;
}
