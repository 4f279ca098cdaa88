import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import { RefusedError } from "../daemon/errors";
import type { SessionHead } from "../protocol";
import { groupOf } from "../sessions/groups";
import { titleOf } from "../sessions/words";
import { headOf } from "../sessions/awaited_head";
import { pickSession } from "./pick_session";
import type { Surroundings } from "./surroundings";

const DELETE = "Delete";
/** More of a family are not counted before it is deleted. */
const MAX_COUNTED = 1_000;

/** Takes a session away with all that is below it, after a question that says what goes and what stays. */
export async function deleteSession(surroundings: Surroundings, argument: unknown): Promise<void> {
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session to delete",
    none: "There is no session to delete.",
    suits: (head) => groupOf(head, Date.now()) !== "running",
    mayHaveEnded: true,
  });
  if (sessionId === undefined) {
    return;
  }
  try {
    await askAndDelete(surroundings, await headOf(surroundings.daemon, sessionId));
  } catch (error) {
    if (!(error instanceof RefusedError) || error.code !== "session_not_found") {
      throw error;
    }
    void vscode.window.showInformationMessage(`Session ${sessionId} has been deleted already.`);
  }
}

async function askAndDelete({ daemon, names }: Surroundings, head: SessionHead): Promise<void> {
  if (groupOf(head, Date.now()) === "running") {
    throw new RefusedError(`Session ${head.id} runs. Stop it first, then delete it.`, "claimed");
  }
  const detail = detailOf(head, await countBelow(daemon, head.id));
  const question = `Delete session ${head.id}, “${titleOf(head, names)}”?`;
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, DELETE)) === DELETE) {
    await daemon.call("session/delete", { sessionId: head.id });
  }
}

function detailOf({ interactionCount, eventCount }: SessionHead, below: number): string {
  const family = below === 0 ? "" : ` So do the ${counted(below, "session")} below it.`;
  return (
    `Its record goes: ${counted(interactionCount, "step")} and ${counted(eventCount, "event")}.${family}` +
    " Files, branches and commits stay as they are. This cannot be undone."
  );
}

function counted(count: number, noun: string): string {
  const number = count >= MAX_COUNTED && noun === "session" ? `${MAX_COUNTED.toLocaleString("en")} or more` : count.toLocaleString("en");
  return `${number} ${noun}${count === 1 ? "" : "s"}`;
}

async function countBelow(daemon: Daemon, sessionId: number): Promise<number> {
  const parents = [sessionId];
  let count = 0;
  for (let parent = parents.pop(); parent !== undefined && count < MAX_COUNTED; parent = parents.pop()) {
    const { data } = await daemon.call("session/list", { parentSessionId: parent, limit: 500 });
    count += data.length;
    parents.push(...data.map(({ id }) => id));
  }
  return count;
}
