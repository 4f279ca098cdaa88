import * as vscode from "vscode";
import type { SessionHead } from "../protocol";
import { isOpen, isRunning, refusalOf } from "../sessions/readiness";
import { pickHead } from "./pick_session";
import { continueInBackground, continueInTerminal } from "./run_session";
import type { Surroundings } from "./surroundings";
import { tell } from "./tell";

const SHOWN_MS = 8_000;

/** To the other mode. What runs now goes on there at once; what waits goes on waiting. */
export async function switchMode(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session whose mode to switch",
    none: "No session could be switched to another mode.",
    suits: isOpen,
  });
  if (head === undefined) {
    return;
  }
  if (head.status !== "active") {
    tell(refusalOf(head, Date.now()));
  } else if (isOpen(head) && isRunning(head, Date.now())) {
    await (head.executionMode === "agentic" ? continueInTerminal : continueInBackground)(surroundings, head.id);
  } else {
    await switchWaiting(surroundings, head);
  }
}

async function switchWaiting({ daemon }: Surroundings, head: SessionHead): Promise<void> {
  const executionMode = head.executionMode === "agentic" ? "manual" : "agentic";
  await daemon.call("session/setMode", { sessionId: head.id, executionMode });
  const how = executionMode === "manual" ? "step by step in your terminal" : "in the background";
  vscode.window.setStatusBarMessage(`Treadle: session ${head.id} now runs ${how}.`, SHOWN_MS);
}
