import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";
import type { SessionHead } from "../protocol";
import { nextStepOf } from "../sessions/next_step";
import { pickDoneStep, pickWaitingStep } from "./pick_step";
import type { Surroundings } from "./surroundings";
import { tell } from "./tell";

const MAX_TEXT = 1_000;
const ENDED: readonly string[] = ["complete", "failed", "cancelled"];

/** Opens what the step is going to execute; saving changes it. */
export async function editCommand(surroundings: Surroundings, argument: unknown): Promise<void> {
  const waiting = await pickWaitingStep(surroundings, argument, "Session whose next step to edit");
  if (waiting !== undefined && !(await surroundings.editStep(waiting.step))) {
    tell(`The step ${waiting.step.step} executes nothing that could be edited.`);
  }
}

/** Ends the step with a warning; the workflow goes on with the next one. */
export async function skipStep(surroundings: Surroundings, argument: unknown): Promise<void> {
  const waiting = await pickWaitingStep(surroundings, argument, "Session whose next step to skip");
  if (waiting === undefined) {
    return;
  }
  const { head, step } = waiting;
  const reason = await vscode.window.showInputBox({
    title: `Session ${head.id}: Skip ${step.step}`,
    prompt: "Why, in a few words: it is in the record, and the steps that follow may read it.",
    ignoreFocusOut: true,
    validateInput: (text) => (text.trim() === "" ? "Say why." : tooLong(text)),
  });
  if (reason !== undefined) {
    await surroundings.daemon.call("interaction/skip", { sessionId: head.id, interactionId: step.id, reason: reason.trim() });
  }
}

/** Ends the step with ok, since the person has done it. */
export async function markDone(surroundings: Surroundings, argument: unknown): Promise<void> {
  const waiting = await pickWaitingStep(surroundings, argument, "Session whose next step you have done");
  if (waiting === undefined) {
    return;
  }
  const { head, step } = waiting;
  const note = await vscode.window.showInputBox({
    title: `Session ${head.id}: Mark ${step.step} Done`,
    prompt: "A note for the record, if you like. Enter without one is fine.",
    ignoreFocusOut: true,
    validateInput: tooLong,
  });
  if (note !== undefined) {
    await surroundings.daemon.call("interaction/markDone", { sessionId: head.id, interactionId: step.id, note: note.trim() === "" ? null : note.trim() });
  }
}

/** The workflow goes on from that step. */
export async function runAgain(surroundings: Surroundings, argument: unknown): Promise<void> {
  const done = await pickDoneStep(surroundings, argument, "Step to run again");
  if (done === undefined) {
    return;
  }
  const { head, step } = done;
  if (ENDED.includes(head.status) && !(await reopened(surroundings, head))) {
    return;
  }
  const { session } = await surroundings.daemon.call("interaction/rerun", { sessionId: head.id, interactionId: step.id });
  if (session.pausedAt !== null) {
    return;
  }
  if (session.executionMode === "manual") {
    const again = await nextStepOf(surroundings.daemon, session);
    await surroundings.runStep(session, again.id);
  } else {
    await surroundings.run(session);
  }
}

async function reopened({ daemon }: Surroundings, head: SessionHead): Promise<boolean> {
  const reopen = "Reopen and Run Again";
  const sentence = `Session ${head.id} is ${head.status}. Reopen it to run the step again?`;
  if ((await vscode.window.showInformationMessage(sentence, { modal: true }, reopen)) !== reopen) {
    return false;
  }
  try {
    await daemon.call("session/reopen", { sessionId: head.id, reason: "A step is run again." });
  } catch (error) {
    if (!(error instanceof RefusedError && error.code === "active")) {
      throw error;
    }
  }
  return true;
}

function tooLong(text: string): string | null {
  return text.length > MAX_TEXT ? `At most ${MAX_TEXT} characters.` : null;
}
