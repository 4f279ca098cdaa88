import * as vscode from "vscode";
import type { AskView, InteractionView, SessionHead } from "../protocol";
import { headOf } from "../sessions/awaited_head";
import { sessionAt } from "../sessions/session_places";
import { titleOf, whereOf } from "../sessions/words";
import type { Surroundings } from "./surroundings";

export interface Choice {
  readonly placeHolder: string;
  /** What is said when no session suits. */
  readonly none: string;
  readonly suits: (head: SessionHead) => boolean;
  /** Whether it may be one that has ended. Of those not all are listed at first. */
  readonly mayHaveEnded?: boolean;
}

interface Row extends vscode.QuickPickItem {
  /** Null: of no session that is listed. */
  readonly id: number | null;
}

const EARLIER: Row = { label: "Load earlier sessions…", iconPath: new vscode.ThemeIcon("ellipsis"), alwaysShow: true, id: null };
const LOADED_AT_ONCE = 500;

/** The session that a command is about: an id, a row of the tree, else the person's choice. */
export async function pickSession(surroundings: Surroundings, argument: unknown, choice: Choice): Promise<number | undefined> {
  surroundings.needDaemon();
  const id = idOf(argument) ?? (await pickListed(surroundings, choice));
  if (id !== undefined) {
    surroundings.lastUsed.keep("session", String(id));
  }
  return id;
}

async function pickListed(surroundings: Surroundings, { placeHolder, none, suits, mayHaveEnded = false }: Choice): Promise<number | undefined> {
  const { sessions } = surroundings;
  await sessions.reload();
  for (;;) {
    const listed = rowsOf(surroundings, sessions.sessions.filter(suits));
    const rows = mayHaveEnded && sessions.hasMore ? [...listed, EARLIER] : listed;
    if (rows.length === 0) {
      void vscode.window.showInformationMessage(none);
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(rows, { placeHolder, matchOnDescription: true, ignoreFocusOut: true });
    if (picked?.id !== null) {
      return picked?.id;
    }
    await sessions.loadMore(LOADED_AT_ONCE);
  }
}

function rowsOf({ names, asks, lastUsed }: Surroundings, heads: readonly SessionHead[]): readonly Row[] {
  const now = Date.now();
  const rows = heads.map((head) => ({ label: titleOf(head, names), description: `#${head.id} · ${whereOf(head, now, asks.of(head.id))}`, id: head.id }));
  return lastUsed.inOrder("session", rows, ({ id }) => String(id));
}

/** The same, as it is now: what is not listed yet, or not any more, is as the daemon has it. */
export async function pickHead(surroundings: Surroundings, argument: unknown, choice: Choice): Promise<SessionHead | undefined> {
  const sessionId = await pickSession(surroundings, argument, choice);
  return sessionId === undefined ? undefined : headOf(surroundings.daemon, sessionId);
}

/** The session that a command was given, as its id, as a row of the tree or as the address of its timeline. */
export function idOf(argument: unknown): number | null {
  if (typeof argument === "number") {
    return argument;
  }
  if (argument instanceof vscode.Uri) {
    return sessionAt(argument)?.sessionId ?? null;
  }
  const { head, ask, sessionId } = isObject(argument) ? (argument as { head?: SessionHead; ask?: AskView; sessionId?: unknown }) : {};
  return head?.id ?? ask?.sessionId ?? (typeof sessionId === "number" ? sessionId : null);
}

/** The step that a command was given, as a row of the tree. */
export function stepIdOf(argument: unknown): string | undefined {
  const { interaction } = isObject(argument) ? (argument as { interaction?: InteractionView }) : {};
  return interaction?.id;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
