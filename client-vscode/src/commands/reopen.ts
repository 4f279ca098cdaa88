import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";
import type { SessionHead } from "../protocol";
import { titleOf } from "../sessions/words";
import { headOf } from "../sessions/awaited_head";
import { pickSession } from "./pick_session";
import type { Surroundings } from "./surroundings";

const REOPEN = "Reopen";

/** Takes the end of a session back, so that it can go on. */
export async function reopen(surroundings: Surroundings, argument: unknown): Promise<void> {
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session to reopen",
    none: "No session has ended.",
    suits: ({ status }) => status !== "active",
    mayHaveEnded: true,
  });
  if (sessionId === undefined) {
    return;
  }
  const head = await headOf(surroundings.daemon, sessionId);
  if (head.status === "active") {
    throw new RefusedError(`Session ${sessionId} is open already.`, "active");
  }
  if (head.status === "complete" && !(await isWanted(head, surroundings))) {
    return;
  }
  const { session } = await surroundings.daemon.call("session/reopen", { sessionId, reason: "Reopened in the editor." });
  await surroundings.sessions.put(session);
  await surroundings.reveal(sessionId);
}

/** Of a complete one there may be nothing left to do, which would surprise. */
async function isWanted(head: SessionHead, { names }: Surroundings): Promise<boolean> {
  const question = `Reopen session ${head.id}, “${titleOf(head, names)}”?`;
  const detail = "It is complete. Run one of its steps again after this; else it is complete again as soon as it is run.";
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, REOPEN)) === REOPEN;
}
