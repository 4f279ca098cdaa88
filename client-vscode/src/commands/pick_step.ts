import * as vscode from "vscode";
import type { InteractionView, SessionHead } from "../protocol";
import { headOf } from "../sessions/awaited_head";
import { isClaimed } from "../sessions/groups";
import { nextStepOf } from "../sessions/next_step";
import { refusalOf } from "../sessions/readiness";
import { titleOf } from "../sessions/words";
import { pickHead } from "./pick_session";
import type { Surroundings } from "./surroundings";
import { tell } from "./tell";

interface WaitingStep {
  readonly head: SessionHead;
  readonly step: InteractionView;
}

/** The step at which a session waits; it is made where there is none yet. Undefined: the person left, or was told why not. */
export async function pickWaitingStep(surroundings: Surroundings, argument: unknown, placeHolder: string): Promise<WaitingStep | undefined> {
  const head = await pickHead(surroundings, argument, { placeHolder, none: "No session waits at a step.", suits: isFree });
  if (head === undefined) {
    return undefined;
  }
  if (!isFree(head)) {
    tell(refusalOf(head, Date.now()));
    return undefined;
  }
  const step = await nextStepOf(surroundings.daemon, head);
  const given = stepOf(argument);
  if (given !== null && given.id !== step.id) {
    tell(`The step ${given.step} of session ${head.id} does not wait any more.`);
    return undefined;
  }
  return { head, step };
}

/** A step that has its result. */
export async function pickDoneStep(surroundings: Surroundings, argument: unknown, placeHolder: string): Promise<WaitingStep | undefined> {
  const given = stepOf(argument);
  if (given !== null) {
    return { head: await headOf(surroundings.daemon, given.sessionId), step: given };
  }
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session of the step",
    none: "No session has a step that was run.",
    suits: ({ interactionCount }) => interactionCount > 0,
    mayHaveEnded: true,
  });
  if (head === undefined) {
    return undefined;
  }
  const done = await doneSteps(surroundings, head.id);
  if (done.length === 0) {
    tell(`No step of session ${head.id} was run yet.`);
    return undefined;
  }
  const rows = done.map((step) => ({ label: step.step, description: `#${step.position} · ${step.result?.status ?? ""}`, step }));
  const picked = await vscode.window.showQuickPick(rows, { title: `${titleOf(head, surroundings.names)} #${head.id}`, placeHolder, ignoreFocusOut: true });
  return picked === undefined ? undefined : { head, step: picked.step };
}

/** Newest first. */
async function doneSteps({ daemon }: Surroundings, sessionId: number): Promise<InteractionView[]> {
  const steps: InteractionView[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await daemon.call("session/get", { sessionId, ...(cursor === undefined ? {} : { cursor }) });
    steps.push(...page.interactions.filter(({ completedAt }) => completedAt !== null));
    cursor = page.nextCursor;
  }
  return steps.reverse();
}

function isFree({ status, pendingInteraction }: SessionHead): boolean {
  return status === "active" && !isClaimed(pendingInteraction, Date.now());
}

/** Of a row of the tree. */
function stepOf(argument: unknown): InteractionView | null {
  const { interaction } = typeof argument === "object" && argument !== null ? (argument as { interaction?: InteractionView }) : {};
  return interaction ?? null;
}
