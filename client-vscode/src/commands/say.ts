import * as vscode from "vscode";
import { agentStepOf } from "../sessions/groups";
import { titleOf } from "../sessions/words";
import { pickSession } from "./pick_session";
import type { Surroundings } from "./surroundings";

const MAX_TEXT = 50_000;

/** A message to the agent that works now; it reads it when the tools that it is using are done. */
export function say(surroundings: Surroundings, argument: unknown): Promise<void> {
  return tell(surroundings, argument, false);
}

/** Breaks off what the agent is doing first. */
export function interruptAndSay(surroundings: Surroundings, argument: unknown): Promise<void> {
  return tell(surroundings, argument, true);
}

async function tell(surroundings: Surroundings, argument: unknown, interrupt: boolean): Promise<void> {
  const { daemon, names } = surroundings;
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session whose agent is to read it",
    none: "No agent works now.",
    suits: (head) => agentStepOf(head, Date.now()) !== null,
  });
  if (sessionId === undefined) {
    return;
  }
  const { session } = await daemon.call("session/get", { sessionId, limit: 1 });
  const step = agentStepOf(session, Date.now());
  if (step === null) {
    void vscode.window.showInformationMessage(`No agent works in session ${sessionId} now.`);
    return;
  }
  const text = await vscode.window.showInputBox({
    title: `${titleOf(session, names)} #${sessionId}: ${interrupt ? "Interrupt the Agent and Say" : "Say to the Agent"}`,
    prompt: interrupt
      ? "What the agent is doing is broken off, and it goes on with this."
      : "The agent reads this when the tools that it is using are done.",
    ignoreFocusOut: true,
    validateInput: problemOf,
  });
  if (text !== undefined) {
    await daemon.call("interaction/say", { sessionId, interactionId: step.id, text: text.trim(), interrupt });
  }
}

function problemOf(text: string): string | null {
  if (text.length > MAX_TEXT) {
    return `At most ${MAX_TEXT} characters.`;
  }
  return text.trim() === "" ? "Say something." : null;
}
