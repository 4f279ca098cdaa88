import * as vscode from "vscode";
import type { AskView, SessionHead } from "../protocol";
import { endOf, PERMISSION, plainly, shortAsk, takesComment } from "../sessions/ask_words";
import { isTakenUp, topOf } from "../sessions/answering";
import { pickAsk } from "./pick_ask";
import type { Surroundings } from "./surroundings";

const PLACEHOLDER = 200;

interface Given {
  readonly answer: string;
  readonly comment: string | null;
}

/** Takes a person's answer to what is asked, and sees to it that the session goes on. */
export async function answer(surroundings: Surroundings, argument: unknown): Promise<void> {
  const ask = await pickAsk(surroundings, argument, { placeHolder: "What to answer", kind: null });
  if (ask === undefined) {
    return;
  }
  const given = givenBy(argument);
  if (given === null) {
    await showWhatLedTo(surroundings, ask);
  }
  await settle(surroundings, ask, () => (given === null ? askPerson(surroundings, ask) : Promise.resolve({ answer: given, comment: null })));
}

export function allow(surroundings: Surroundings, argument: unknown): Promise<void> {
  return decide(surroundings, argument, PERMISSION.allow);
}

export function allowForSession(surroundings: Surroundings, argument: unknown): Promise<void> {
  return decide(surroundings, argument, PERMISSION.allowForSession);
}

export function deny(surroundings: Surroundings, argument: unknown): Promise<void> {
  return decide(surroundings, argument, PERMISSION.deny);
}

export async function showAsk(surroundings: Surroundings, argument: unknown): Promise<void> {
  const ask = await pickAsk(surroundings, argument, { placeHolder: "What to look at", kind: null });
  if (ask !== undefined) {
    await surroundings.showAsk(ask);
  }
}

async function decide(surroundings: Surroundings, argument: unknown, verdict: string): Promise<void> {
  const ask = await pickAsk(surroundings, argument, { placeHolder: "What to decide", kind: "permission" });
  if (ask !== undefined) {
    await settle(surroundings, ask, () => Promise.resolve({ answer: verdict, comment: null }));
  }
}

/** It may be over before the person has chosen, which is no error: somebody was quicker, here or elsewhere. */
async function settle(surroundings: Surroundings, ask: AskView, choose: () => Promise<Given | undefined>): Promise<void> {
  const { daemon, asks } = surroundings;
  const held = asks.hold(ask.id);
  try {
    const given = await choose();
    if (given === undefined) {
      return;
    }
    const before = await topOf(daemon, ask.sessionId);
    const tooLate = await asks.answer(ask.id, given.answer, given.comment);
    if (tooLate !== null) {
      tell(tooLate);
      return;
    }
    await goOn(surroundings, before);
  } finally {
    held.dispose();
  }
}

/** The record says what led to a question; what is to be allowed is read as it is. */
async function showWhatLedTo(surroundings: Surroundings, ask: AskView): Promise<void> {
  if (ask.kind === "permission") {
    await surroundings.showAsk(ask);
  } else {
    surroundings.showTimeline(ask.sessionId);
  }
}

/** Undefined: the person left, or somebody was quicker, which is told. */
async function askPerson({ asks }: Surroundings, ask: AskView): Promise<Given | undefined> {
  const over = new vscode.CancellationTokenSource();
  const listening = asks.closed.listen(({ ask: closed }) => {
    if (closed.id === ask.id && !over.token.isCancellationRequested) {
      over.cancel();
      tell(endOf(closed));
    }
  });
  try {
    const given = await choose(ask, over.token);
    return over.token.isCancellationRequested ? undefined : given;
  } finally {
    listening.dispose();
    over.dispose();
  }
}

async function choose(ask: AskView, over: vscode.CancellationToken): Promise<Given | undefined> {
  const title = `Session ${ask.sessionId} asks`;
  const picked = await vscode.window.showQuickPick(
    ask.options.map(({ name, title: label, description }) => ({ label, ...(description === null ? {} : { detail: description }), name })),
    { title, placeHolder: shortAsk(ask, PLACEHOLDER), ignoreFocusOut: true },
    over,
  );
  if (picked === undefined || !takesComment(ask.kind, picked.name)) {
    return picked === undefined ? undefined : { answer: picked.name, comment: null };
  }
  const prompt =
    ask.kind === "permission"
      ? "Why not, if you like: the agent reads it, and may find another way. Enter without a reason is fine."
      : "A comment, if you like: whoever asks reads it. Enter without one is fine.";
  const comment = await vscode.window.showInputBox({ title: `${title}: ${picked.label}`, prompt, ignoreFocusOut: true }, over);
  return comment === undefined ? undefined : { answer: picked.name, comment: comment.trim() === "" ? null : comment.trim() };
}

async function goOn(surroundings: Surroundings, before: SessionHead): Promise<void> {
  if (!(await isTakenUp(surroundings.daemon, before))) {
    await surroundings.run(before);
  }
}

function givenBy(argument: unknown): string | null {
  const { answer } = typeof argument === "object" && argument !== null ? (argument as { answer?: unknown }) : {};
  return typeof answer === "string" ? answer : null;
}

function tell(sentence: string): void {
  void vscode.window.showInformationMessage(plainly(sentence));
}
