import * as vscode from "vscode";
import type { SessionHead } from "../protocol";
import { giveAnswer, isTakenUp, topOf } from "../sessions/answering";
import { type Question, questionOf, shortQuestion } from "../sessions/question";
import { pickSession } from "./pick_session";
import type { Surroundings } from "./surroundings";

const PLACEHOLDER = 200;

/** Takes a person's answer to what a session asks, whose run then goes on. */
export async function answer(surroundings: Surroundings, argument: unknown): Promise<void> {
  const { daemon } = surroundings;
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session to answer",
    none: "No session asks anything.",
    suits: (head) => questionOf(head) !== null,
  });
  if (sessionId === undefined) {
    return;
  }
  const { session } = await daemon.call("session/get", { sessionId, limit: 1 });
  const question = questionOf(session);
  if (question === null) {
    tellThatItIsAnswered(sessionId);
    return;
  }
  // The record says what led to the question, and has all of it.
  surroundings.showTimeline(sessionId);
  const data = await ask(question);
  if (data === undefined) {
    return;
  }
  const answered = await giveAnswer(daemon, question, data);
  if (answered === null) {
    tellThatItIsAnswered(sessionId);
  } else {
    await goOn(surroundings, answered);
  }
}

/** No error: a person was quicker, here or elsewhere. */
function tellThatItIsAnswered(sessionId: number): void {
  void vscode.window.showInformationMessage(`Session ${sessionId} asks nothing now: it was answered already, or is over.`);
}

async function ask(question: Question): Promise<{ answer: string; comment: string | null } | undefined> {
  const title = `Session ${question.sessionId} asks`;
  const picked = await vscode.window.showQuickPick(
    question.answers.map((name) => ({ label: name })),
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
  const head = await topOf(surroundings.daemon, answered);
  if (!(await isTakenUp(surroundings.daemon, head))) {
    await surroundings.runInBackground(head.id);
  }
}
