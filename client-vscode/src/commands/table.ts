import * as vscode from "vscode";
import { allow, allowForSession, answer, deny, showAsk } from "./answer";
import { editCommand, markDone, runAgain, skipStep } from "./change_step";
import { copy } from "./copy";
import { deleteSession } from "./delete_session";
import { copyAsMarkdown, exportSession } from "./export_session";
import { clearFilter, filterSessions } from "./filter_sessions";
import { newComponent } from "./new_component";
import { newSession } from "./new_session";
import { newTask } from "./new_task";
import { newWorkflow } from "./new_workflow";
import { pause, resume } from "./pause";
import { pickSession, stepIdOf } from "./pick_session";
import { rename } from "./rename";
import { reopen } from "./reopen";
import { reviewChanges } from "./review_changes";
import { autoPlay, continueInBackground, continueInTerminal, nextStep, runSession } from "./run_session";
import { runWorkflow } from "./run_workflow";
import { interruptAndSay, say } from "./say";
import { setUpProject } from "./set_up_project";
import { stop } from "./stop";
import type { Surroundings } from "./surroundings";
import { switchMode } from "./switch_mode";

type Command = (surroundings: Surroundings, argument: unknown) => unknown;

/** THE command table: every command that package.json contributes, and what it does. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  "treadle.newSession": newSession,
  "treadle.newTask": newTask,
  "treadle.setUpProject": setUpProject,
  "treadle.newComponent": newComponent,
  "treadle.runSession": runSession,
  "treadle.nextStep": nextStep,
  "treadle.autoPlay": autoPlay,
  "treadle.pause": pause,
  "treadle.resume": resume,
  "treadle.stop": stop,
  "treadle.switchMode": switchMode,
  "treadle.editCommand": editCommand,
  "treadle.skipStep": skipStep,
  "treadle.markDone": markDone,
  "treadle.runAgain": runAgain,
  "treadle.reviewChanges": reviewChanges,
  "treadle.continueInTerminal": continueInTerminal,
  "treadle.continueInBackground": continueInBackground,
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
  "treadle.loadMoreSessions": (surroundings, row) => surroundings.showMore(row),
  "treadle.filterSessions": filterSessions,
  "treadle.clearFilter": clearFilter,
  "treadle.rename": rename,
  "treadle.copy": copy,
  "treadle.copyAsMarkdown": copyAsMarkdown,
  "treadle.exportSession": exportSession,
  "treadle.delete": deleteSession,
  "treadle.reopen": reopen,
  "treadle.refresh": refresh,
  "treadle.openWalkthrough": openWalkthrough,
  "treadle.openSettings": openSettings,
  "treadle.restartDaemon": (surroundings) => surroundings.restartDaemon(),
  "treadle.showLog": (surroundings) => surroundings.showLog(),
  "treadle.manageTrust": () => vscode.commands.executeCommand("workbench.trust.manage"),
};

async function showTimeline(surroundings: Surroundings, argument: unknown): Promise<void> {
  const sessionId = await pickSession(surroundings, argument, {
    placeHolder: "Session to show",
    none: "There is no session yet. Create one by “Treadle: New Session”.",
    suits: () => true,
    mayHaveEnded: true,
  });
  if (sessionId !== undefined) {
    surroundings.showTimeline(sessionId, stepIdOf(argument));
  }
}

async function refresh(surroundings: Surroundings): Promise<void> {
  if (surroundings.daemon.state.kind === "ready") {
    await Promise.all([surroundings.sessions.reload(), surroundings.asks.reload()]);
  } else {
    surroundings.needDaemon();
  }
}

async function openWalkthrough(): Promise<void> {
  await vscode.commands.executeCommand("workbench.action.openWalkthrough", "treadle.treadle#start");
  // What was so before the editor knew of the walkthrough is ticked only when something changes.
  await vscode.commands.executeCommand("setContext", "treadle.isWalkedThrough", true);
}

/** In a remote window Treadle runs on the remote machine, whose settings have a page of their own. */
async function openSettings(_: Surroundings, argument: unknown): Promise<void> {
  const page = vscode.env.remoteName === undefined ? "workbench.action.openSettings" : "workbench.action.openRemoteSettings";
  await vscode.commands.executeCommand(page, { query: typeof argument === "string" ? argument : "treadle.command" });
}
