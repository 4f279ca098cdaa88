import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Signal } from "../../src/daemon/signal";
import type { Inside } from "../../src/extension";
import type { SessionList } from "../../src/sessions/session_list";

export const ID = "treadle.treadle";

export async function inside(): Promise<Inside> {
  const extension = vscode.extensions.getExtension<Inside>(ID);
  assert.ok(extension, "the packaged extension is installed");
  return extension.activate();
}

/** Something that may change what is waited for. */
type Change = (again: () => void) => { dispose(): unknown };

const PATIENCE_MS = 60_000;

/** For what no event of the editor announces, such as a lens or a quick pick. */
export const regularly: Change = (again) => {
  const timer = setInterval(again, 50);
  return { dispose: () => clearInterval(timer) };
};

export function changesOf<T>({ changes }: { readonly changes: Signal<T> }): Change {
  return (again) => changes.listen(again);
}

/** How a session stands, for a test that waits for it in vain. */
export function standing(sessions: SessionList, sessionId: number): string {
  const head = sessions.get(sessionId);
  if (head === undefined) {
    return `session ${sessionId} is not listed`;
  }
  const { status, failureReason, interactionCount, pendingInteraction } = head;
  const pending = pendingInteraction === null ? "no step" : JSON.stringify(pendingInteraction);
  return `session ${sessionId} is ${status} (${failureReason ?? "no failure"}) after ${interactionCount} steps, pending: ${pending}`;
}

/** Looks again whenever one of the changes comes; bounded. `what` may say how things stand when it did not happen. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  what: string | (() => string),
  ...changes: readonly [Change, ...Change[]]
): Promise<T> {
  const disposables: { dispose(): unknown }[] = [];
  try {
    return await new Promise<T>((resolve, reject) => {
      const again = async (): Promise<void> => {
        const found = await look();
        if (found !== undefined && found !== false) {
          resolve(found);
        }
      };
      const lookAgain = (): void => void again().catch(reject);
      const giveUp = (): void => reject(new Error(`Did not happen: ${typeof what === "string" ? what : what()}`));
      const patience = setTimeout(giveUp, PATIENCE_MS);
      disposables.push({ dispose: () => clearTimeout(patience) }, ...changes.map((change) => change(lookAgain)));
      lookAgain();
    });
  } finally {
    disposables.forEach((each) => void each.dispose());
  }
}

/**
 * Accepts quick picks with their first row until the command is done. An extension cannot see which picks are shown, so
 * what was accepted has to be told by what came of it; the tests of the window look at the picks.
 */
export async function acceptingFirstRows<T>(command: Thenable<T>): Promise<T> {
  const accepting = regularly(() => void vscode.commands.executeCommand("workbench.action.acceptSelectedQuickOpenItem"));
  try {
    return await command;
  } finally {
    accepting.dispose();
  }
}
