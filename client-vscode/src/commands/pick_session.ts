import * as vscode from "vscode";
import type { AskView, SessionHead } from "../protocol";
import { titleOf, whereOf } from "../sessions/words";
import type { Surroundings } from "./surroundings";

interface Choice {
  readonly placeHolder: string;
  /** What is said when no session suits. */
  readonly none: string;
  readonly suits: (head: SessionHead) => boolean;
}

/** The session that a command is about: an id, a row of the tree, else the person's choice. */
export async function pickSession(
  surroundings: Surroundings,
  argument: unknown,
  { placeHolder, none, suits }: Choice,
): Promise<number | undefined> {
  const { sessions, names, asks } = surroundings;
  surroundings.needDaemon();
  const given = idOf(argument);
  if (given !== null) {
    return given;
  }
  await sessions.reload();
  const now = Date.now();
  const suitable = sessions.sessions.filter(suits);
  if (suitable.length === 0) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    suitable.map((head) => ({ label: titleOf(head, names), description: `#${head.id} · ${whereOf(head, now, asks.of(head.id))}`, id: head.id })),
    { placeHolder, matchOnDescription: true },
  );
  return picked?.id;
}

/** The session that a command was given, as its id or as a row of the tree. */
export function idOf(argument: unknown): number | null {
  if (typeof argument === "number") {
    return argument;
  }
  const { head, ask } = typeof argument === "object" && argument !== null ? (argument as { head?: SessionHead; ask?: AskView }) : {};
  return head?.id ?? ask?.sessionId ?? null;
}
