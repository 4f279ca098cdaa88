import * as vscode from "vscode";
import type { SessionHead } from "../protocol";
import { groupOf } from "../sessions/groups";
import { allow, allowForSession, answer, deny, showAsk } from "./answer";
import { newSession } from "./new_session";
import { newWorkflow } from "./new_workflow";
import { pickSession } from "./pick_session";
import { runWorkflow } from "./run_workflow";
import { interruptAndSay, say } from "./say";
import type { Surroundings } from "./surroundings";

const CREATE_ONE = "Create one by “Treadle: New Session”.";

type Command = (surroundings: Surroundings, argument: unknown) => unknown;

/** THE command table: every command that package.json contributes, and what it does. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  "treadle.newSession": newSession,
  "treadle.runSession": runSession,
  "treadle.newWorkflow": newWorkflow,
  "treadle.runWorkflow": runWorkflow,
  "treadle.answer": answer,
  "treadle.allow": allow,
  "treadle.allowForSession": allowForSession,
  "treadle.deny": deny,
  "treadle.showAsk": showAsk,
  "treadle.say": say,
  "treadle.interruptAndSay": interruptAndSay,
  "treadle.showTimeline": showTimeline,
  "treadle.loadMoreSessions": ({ sessions }) => sessions.loadMore(),
  "treadle.refresh": refresh,
  "treadle.openSettings": openSettings,
  "treadle.showLog": (surroundings) => surroundings.showLog(),
};

async function runSession(surroundings: Surroundings, argument: unknown): Promise<void> {
  const waits = (head: SessionHead): boolean => groupOf(head, Date.now()) === "waiting";
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session to run in the background",
    none: `No session waits to be run. ${CREATE_ONE}`,
    suits: waits,
  });
  if (sessionId === undefined) {
    return;
  }
  const head = surroundings.sessions.get(sessionId);
  if (head !== undefined && isAsking(head)) {
    return answer(surroundings, sessionId);
  }
  surroundings.showTimeline(sessionId);
  if (head === undefined || waits(head)) {
    await surroundings.runInBackground(sessionId);
  } else {
    void vscode.window.showInformationMessage(refusalOf(head));
  }
}

/** Then the answer is what it waits for, which also runs it on. */
function isAsking(head: SessionHead): boolean {
  return head.openAskCount > 0 && groupOf(head, Date.now()) === "waiting";
}

function refusalOf(head: SessionHead): string {
  const group = groupOf(head, Date.now());
  return group === "finished" ? `Session ${head.id} is ${head.status}: it has nothing left to run.` : `Session ${head.id} is ${group}.`;
}

async function showTimeline(surroundings: Surroundings, argument: unknown): Promise<void> {
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session to show",
    none: `There is no session yet. ${CREATE_ONE}`,
    suits: () => true,
  });
  if (sessionId !== undefined) {
    surroundings.showTimeline(sessionId);
  }
}

async function refresh(surroundings: Surroundings): Promise<void> {
  if (surroundings.daemon.state.kind === "ready") {
    await Promise.all([surroundings.sessions.reload(), surroundings.asks.reload()]);
  } else {
    surroundings.needDaemon();
  }
}

/** In a remote window Treadle runs on the remote machine, whose settings have a page of their own. */
async function openSettings(): Promise<void> {
  const page = vscode.env.remoteName === undefined ? "workbench.action.openSettings" : "workbench.action.openRemoteSettings";
  await vscode.commands.executeCommand(page, { query: "treadle.command" });
}
