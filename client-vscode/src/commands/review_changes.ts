import * as vscode from "vscode";
import type { InteractionView, SessionHead } from "../protocol";
import { nextStepOf } from "../sessions/next_step";
import { titleOf } from "../sessions/words";
import { pickHead } from "./pick_session";
import type { Surroundings } from "./surroundings";
import { tell } from "./tell";

const LAST_STEP = "finalize";
/** Of a workflow that leaves its changes as they are. */
const KEEPS_NOTHING = "noop";

/** Everything that a session has changed, file by file, in the editor's own diff. */
export async function reviewChanges(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session whose changes to review",
    none: "No session has begun.",
    suits: ({ interactionCount }) => interactionCount > 0,
    mayHaveEnded: true,
  });
  if (head !== undefined) {
    await show(surroundings, head);
  }
}

/**
 * The step that may run now. Before the last one of a session that is worked on by hand, the person may look at what it
 * will keep; undefined: and wants to go on later.
 */
export async function reviewedStep(surroundings: Surroundings, head: SessionHead): Promise<InteractionView | undefined> {
  const step = await nextStepOf(surroundings.daemon, head);
  const keeps = head.executionMode === "manual" && step.step === LAST_STEP && step.command.command !== KEEPS_NOTHING;
  const changes = keeps ? (await surroundings.changesOf(head)).length : 0;
  if (changes === 0) {
    return step;
  }
  const [review, finalize] = ["Review Changes", "Finalize"];
  const sentence = `Session ${head.id} comes to its last step, which keeps ${changes === 1 ? "the change of 1 file" : `the changes of ${changes} files`}.`;
  for (;;) {
    const chosen = await vscode.window.showInformationMessage(sentence, review, finalize);
    if (chosen === finalize) {
      return renewed(surroundings, step);
    }
    if (chosen === undefined) {
      return undefined;
    }
    await show(surroundings, head);
  }
}

/** Its command names the files that had been changed when it was made; the person may have changed more since. */
async function renewed({ daemon }: Surroundings, step: InteractionView): Promise<InteractionView> {
  const { sessionId, insertedAt } = step;
  const eventTypes = ["file_created" as const, "file_modified" as const, "file_deleted" as const];
  const { data } = await daemon.call("session/getEvents", { sessionId, eventTypes, sentFrom: insertedAt, limit: 1 });
  return data.length === 0 ? step : (await daemon.call("session/nextCommand", { sessionId, regenerate: true })).interaction;
}

async function show(surroundings: Surroundings, head: SessionHead): Promise<void> {
  const changes = await surroundings.changesOf(head);
  if (changes.length === 0) {
    tell(`Session ${head.id} has changed no file.`);
    return;
  }
  await vscode.commands.executeCommand("vscode.changes", `${titleOf(head, surroundings.names)} #${head.id}: Changes`, changes);
}
