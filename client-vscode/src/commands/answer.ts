import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";
import type { SessionHead } from "../protocol";
import { isClaimed } from "../sessions/groups";
import { type Question, questionOf, shortQuestion } from "../sessions/question";
import { pickSession } from "./pick_session";
import type { Surroundings } from "./surroundings";

/** A terminal in which the same was asked finds out within a second that it was answered here. */
const TERMINAL_MS = 2_500;
const PLACEHOLDER = 200;

/** Takes a person's answer to what a session asks, whose run then goes on. */
export async function answer(surroundings: Surroundings, argument: unknown): Promise<void> {
  const { daemon } = surroundings;
  const sessionId = await pickSession(surroundings, argument, "Session to answer", (head) => questionOf(head) !== null);
  if (sessionId === undefined) {
    return;
  }
  const { session } = await daemon.call("session/get", { sessionId, limit: 1 });
  const question = questionOf(session);
  if (question === null) {
    throw new RefusedError(`Session ${sessionId} asks nothing.`, "invalid_params");
  }
  // The record says what led to the question, and has all of it.
  surroundings.showTimeline(sessionId);
  const data = await ask(question);
  if (data === undefined) {
    return;
  }
  const { interactionId } = question;
  const result = { id: crypto.randomUUID(), status: "ok" as const, data };
  const answered = await daemon.call("session/handleResult", { sessionId, interactionId, result });
  await goOn(surroundings, answered.session);
}

async function ask(question: Question): Promise<{ answer: string; comment: string | null } | undefined> {
  const title = `Session ${question.sessionId} asks`;
  const picked = await vscode.window.showQuickPick(
    question.answers.map(({ name }) => ({ label: name })),
    { title, placeHolder: shortQuestion(question, PLACEHOLDER), ignoreFocusOut: true },
  );
  if (picked === undefined) {
    return undefined;
  }
  const comment = await vscode.window.showInputBox({
    title: `${title}: ${picked.label}`,
    prompt: "A comment, if you like: the steps that follow may read it. Enter without one is fine.",
    ignoreFocusOut: true,
  });
  return comment === undefined ? undefined : { answer: picked.label, comment: comment.trim() === "" ? null : comment.trim() };
}

async function goOn(surroundings: Surroundings, answered: SessionHead): Promise<void> {
  const head = topOf(surroundings, answered);
  if (head.status === "active" && head.pausedAt === null && !(await isTakenUp(surroundings, head.id))) {
    await surroundings.runInBackground(head.id);
  }
}

/** The session whose run runs this one too. */
function topOf(surroundings: Surroundings, head: SessionHead): SessionHead {
  const parent = head.parentSessionId === null ? undefined : surroundings.sessions.get(head.parentSessionId);
  return parent?.status === "active" ? topOf(surroundings, parent) : head;
}

function isTakenUp({ sessions }: Surroundings, sessionId: number): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isTaken: boolean): void => {
      listening.dispose();
      clearTimeout(patience);
      resolve(isTaken);
    };
    const listening = sessions.changes.listen(() => {
      const head = sessions.get(sessionId);
      if (head?.status !== "active" || isClaimed(head.pendingInteraction, Date.now())) {
        settle(true);
      }
    });
    const patience = setTimeout(() => settle(false), TERMINAL_MS);
  });
}
