import os from "node:os";
import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import type { SessionHead } from "../protocol";
import { awaitedHead } from "../sessions/awaited_head";
import { topOf } from "../sessions/answering";
import { isClaimed } from "../sessions/groups";
import { isRunning } from "../sessions/readiness";
import { runProcessOf } from "../sessions/run_holder";
import { holderOf } from "../sessions/words";
import { pickHead } from "./pick_session";
import type { Surroundings } from "./surroundings";
import { tell } from "./tell";

/** A run between two steps, or one that starts, takes the next one within this. */
const TAKING_UP_MS = 4_000;
/** For the agent, or the command, to end. */
const ENDING_MS = 30_000;

/**
 * The run of a session ends in order, whichever window or terminal began it: the step that is under way is broken off
 * and waits. Nothing is cancelled.
 */
export async function stop(surroundings: Surroundings, argument: unknown): Promise<void> {
  const head = await pickHead(surroundings, argument, {
    placeHolder: "Session to stop",
    none: "No session runs.",
    suits: (each) => isRunning(each, Date.now()),
  });
  if (head === undefined || !(await mayStop(surroundings.daemon, head))) {
    return;
  }
  const title = `Stopping session ${head.id}`;
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () => stopRun(surroundings, head.id));
}

/** What spawned it runs it, and would not go on either. */
async function mayStop(daemon: Daemon, head: SessionHead): Promise<boolean> {
  const top = await topOf(daemon, head.id);
  if (top.id === head.id) {
    return true;
  }
  const stopIt = "Stop";
  const sentence = `Session ${head.id} is run as a part of session ${top.id}. Stop that run?`;
  return (await vscode.window.showWarningMessage(sentence, { modal: true }, stopIt)) === stopIt;
}

async function stopRun(surroundings: Surroundings, sessionId: number): Promise<void> {
  const { daemon } = surroundings;
  const head = await awaitedHead(daemon, sessionId, (each) => !isRunningOn(each) || isHeld(each), TAKING_UP_MS);
  if (head === null || !isHeld(head)) {
    tell(`Session ${sessionId} does not run.`);
    return;
  }
  const process = runProcessOf(head.pendingInteraction?.claim ?? null, os.hostname());
  if (process === null || !(await surroundings.endRun(process))) {
    await daemon.call("session/pause", { sessionId, reason: "Stopped in VS Code." });
    const holder = holderOf(head, Date.now()) ?? "somebody else";
    tell(`Session ${sessionId} is run by ${holder}, which cannot be ended from here. It is paused instead: no further step begins.`);
    return;
  }
  if ((await awaitedHead(daemon, sessionId, (each) => !isHeld(each), ENDING_MS)) === null) {
    tell(`Session ${sessionId} was asked to stop, and takes long to end its step.`);
  }
}

function isHeld({ status, pendingInteraction }: SessionHead): boolean {
  return status === "active" && isClaimed(pendingInteraction, Date.now());
}

function isRunningOn(head: SessionHead): boolean {
  return isRunning(head, Date.now());
}
