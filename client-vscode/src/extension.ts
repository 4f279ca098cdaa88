import * as vscode from "vscode";
import { registerCommands } from "./commands/register";
import type { Surroundings } from "./commands/surroundings";
import type { ClientState, DaemonClient } from "./daemon/client";
import type { LogMessage } from "./daemon/connection";
import type { DaemonUnavailableError } from "./daemon/errors";
import { type Program, runProgram } from "./daemon/program";
import type { OpenedProject } from "./daemon/project";
import { repositoryAround } from "./daemon/repository";
import { followWindow, restartDaemon, wayToDaemon } from "./daemon_wiring";
import { endTreadleRun } from "./executors/processes";
import { fileAt } from "./executors/git";
import { Forwarding } from "./forwarding/forwarding";
import type { SessionHead } from "./protocol";
import { AskList } from "./sessions/ask_list";
import { FilteredSessions } from "./sessions/filtered_sessions";
import { LastUsed } from "./sessions/last_used";
import { NameBook } from "./sessions/names";
import { WorkflowChanges } from "./language/workflow_changes";
import { WorkflowLanguage } from "./language/workflow_language";
import { workspaceFolders } from "./settings";
import { BackgroundRuns } from "./runs/background_runs";
import { changesOf, showChangeOf } from "./runs/session_changes";
import { type Manner, TerminalRuns } from "./runs/terminal_runs";
import { SessionList } from "./sessions/session_list";
import { StepBook } from "./sessions/step_book";
import type { ProgramFinder } from "./program_finder";
import type { ProjectChoice } from "./project_choice";
import { AskAnnouncements } from "./views/ask_announcements";
import { AskDocuments } from "./views/ask_documents";
import { AsksStatus } from "./views/asks_status";
import { AsksTree } from "./views/asks_tree";
import { SessionDecorations } from "./views/session_decorations";
import { BaseFiles } from "./views/base_files";
import { ContextKeys } from "./views/context_keys";
import { FolderChanges } from "./views/folder_changes";
import { RunsStatus } from "./views/runs_status";
import { SessionExports } from "./views/session_exports";
import { SessionsTree } from "./views/sessions_tree";
import { RowDocuments } from "./views/row_documents";
import { StepDocuments } from "./views/step_documents";
import { TimelineEditors } from "./views/timeline_editors";
import type { TimelineSurroundings } from "./views/timeline_surroundings";

/** What the tests inside the extension host look at. */
export interface Inside {
  readonly sessions: SessionList;
  readonly tree: SessionsTree;
  readonly asks: AskList;
  readonly daemon: DaemonClient;
}

/** Wires everything; nothing else does. */
export function activate(context: vscode.ExtensionContext): Inside {
  const log = vscode.window.createOutputChannel("Treadle", { log: true });
  const report = (error: unknown): void => log.error(error instanceof Error ? error : String(error));
  const { daemon, programs, projects, identity } = wayToDaemon(context, log);
  const names = new NameBook(daemon);
  const sessions = new SessionList(daemon);
  const asks = new AskList(daemon);
  const { filtered, tree, parts } = sessionsViewOf({ daemon, sessions, names, asks }, context.workspaceState, report);
  const opened = documentsOf(daemon);
  const showChange: TimelineSurroundings["showChange"] = async (head, file) => showChangeOf(await changesOf(daemon, opened.base, head, (await projects.open(head)).root), file);
  const timelines = new TimelineEditors({ extensionUri: context.extensionUri, daemon, names, asks, documents: opened.rows, showChange, report });
  const forwarding = forwardingOf(context, { daemon, sessions, log });
  const rooms = { ...runsOf(context, { daemon, names, programs, log }), ...opened, tree, timelines, exports: new SessionExports(daemon, names, context.asAbsolutePath("dist/webview")), projects, programs, log };
  const surroundings = surroundingsOf({ daemon, sessions, filtered, names, asks, lastUsed: new LastUsed(context.workspaceState), report }, rooms);
  context.subscriptions.push(
    log,
    names,
    sessions,
    asks,
    ...parts,
    new AsksTree(asks, sessions, names),
    new AsksStatus(asks),
    new RunsStatus(sessions, names),
    new AskAnnouncements(asks, report),
    ...Object.values(opened),
    timelines,
    rooms.terminals,
    ...[names, sessions, asks].map(({ problems }) => problems.listen(report)),
    daemon.states.listen((state) => showState(state, tree, log)),
    daemon.logMessages.listen((message) => show(message, log)),
    daemon.traffic.listen((line) => log.trace(line)),
    forwarding,
    new WorkflowLanguage(daemon, identity, log),
    new WorkflowChanges(daemon, (hint) => projects.open(hint), report),
    ...registerCommands(surroundings, report),
    ...contextOfWindow({ daemon, sessions, asks }),
    ...followWindow(daemon),
  );
  return { sessions, tree, asks, daemon };
}

function forwardingOf({ extension }: vscode.ExtensionContext, needs: { daemon: DaemonClient; sessions: SessionList; log: vscode.LogOutputChannel }): Forwarding {
  const { version } = extension.packageJSON as { version: string };
  const forwarding = new Forwarding({ ...needs, client: `vscode ${version}` });
  atEnd = async () => {
    await forwarding.flush();
    needs.daemon.dispose();
  };
  return forwarding;
}

let atEnd: () => Promise<void> = () => Promise.resolve();

/** The editor waits for it, unlike for what it disposes of; so the connection is given up here. */
export function deactivate(): Promise<void> {
  return atEnd();
}

function sessionsViewOf(
  models: Pick<Surroundings, "daemon" | "sessions" | "names" | "asks">,
  memory: vscode.Memento,
  report: (error: unknown) => void,
): { filtered: FilteredSessions; tree: SessionsTree; parts: { dispose(): unknown }[] } {
  const steps = new StepBook(models.daemon);
  const filtered = new FilteredSessions(models.sessions, models.names, memory);
  const tree = new SessionsTree({ ...models, filtered, steps });
  return { filtered, tree, parts: [steps, filtered, tree, new SessionDecorations(), steps.problems.listen(report)] };
}

interface Rooms {
  readonly runs: BackgroundRuns;
  readonly terminals: TerminalRuns;
  readonly tree: SessionsTree;
  readonly timelines: TimelineEditors;
  readonly exports: SessionExports;
  readonly documents: AskDocuments;
  readonly projects: ProjectChoice;
  readonly programs: ProgramFinder;
  readonly steps: StepDocuments;
  readonly base: BaseFiles;
  readonly log: vscode.LogOutputChannel;
}

function documentsOf(daemon: DaemonClient): Pick<Rooms, "documents" | "steps" | "base"> & { rows: RowDocuments } {
  return { documents: new AskDocuments(), rows: new RowDocuments(), steps: new StepDocuments(daemon), base: new BaseFiles(fileAt) };
}

function runsOf(
  context: vscode.ExtensionContext,
  { daemon, names, programs, log }: { daemon: DaemonClient; names: NameBook; programs: ProgramFinder; log: vscode.LogOutputChannel },
): Pick<Rooms, "runs" | "terminals"> {
  const report = (message: string): void => log.info(message);
  const program = (): Promise<Program> => programs.forTerminal();
  const logs = vscode.Uri.joinPath(context.globalStorageUri, "runs");
  return {
    runs: new BackgroundRuns(program, logs, report, daemon),
    terminals: new TerminalRuns(program, names, report),
  };
}

function surroundingsOf(
  models: Pick<Surroundings, "sessions" | "filtered" | "names" | "asks" | "lastUsed" | "report"> & { daemon: DaemonClient },
  { runs, terminals, tree, timelines, exports, documents, steps, base, projects, programs, log }: Rooms,
): Surroundings {
  const runInBackground: Surroundings["runInBackground"] = async (sessionId, options) => runs.start(sessionId, (await projects.ofSession(sessionId)).root, options);
  const runInTerminal = async (head: SessionHead, manner?: Manner): Promise<void> => terminals.start(head, (await projects.open(head)).root, manner);
  const stepInBackground = async (head: SessionHead, onlyStep: string): Promise<void> => runs.start(head.id, (await projects.open(head)).root, { onlyStep });
  return {
    ...models,
    openProject: (hint) => projects.open(hint),
    pickFolder: (meant) => projects.folder(meant),
    runTreadle: async (words) => runProgram(await programs.forEditor(), words),
    run: (head) => (head.executionMode === "manual" ? runInTerminal(head) : runInBackground(head.id)),
    runStep: (head, onlyStep) => (head.executionMode === "manual" ? runInTerminal(head, { onlyStep }) : stepInBackground(head, onlyStep)),
    play: (head) => (head.executionMode === "manual" ? runInTerminal(head, "unasked") : runInBackground(head.id)),
    runInBackground,
    runInTerminal: (head) => runInTerminal(head),
    endRun: endTreadleRun,
    showTerminal: (head) => terminals.show(head),
    closeTerminal: (sessionId) => terminals.close(sessionId),
    showTimeline: (sessionId, stepId) => void timelines.show(sessionId, stepId).catch(models.report),
    showMore: (row) => tree.showMore(row),
    reveal: async (sessionId) => tree.reveal(sessionId),
    editStep: (step) => steps.show(step),
    changesOf: async (head) => changesOf(models.daemon, base, head, (await projects.open(head)).root),
    showAsk: (ask) => documents.show(ask),
    exports,
    needDaemon: () => models.daemon.start(),
    restartDaemon: () => restartDaemon(models.daemon, programs),
    showLog: () => log.show(),
  };
}

/** What there is, for the editor's clauses; a folder that has become a repository is a project from now on. */
function contextOfWindow(models: ConstructorParameters<typeof ContextKeys>[0] & { daemon: DaemonClient }): { dispose(): unknown }[] {
  const folders = new FolderChanges();
  folders.repositories.listen(() => vscode.workspace.isTrusted && models.daemon.restart());
  return [folders, new ContextKeys(models, { changes: folders.changes, paths: () => folders.paths() })];
}

function show({ type, message }: LogMessage, log: vscode.LogOutputChannel): void {
  if (type === 1) {
    log.error(message);
  } else if (type === 2) {
    log.warn(message);
  } else {
    log.info(message);
  }
}

function showState(state: ClientState, tree: SessionsTree, log: vscode.LogOutputChannel): void {
  const key = state.kind === "failed" && hasWelcome(state.error) ? state.error.reason : state.kind;
  void vscode.commands.executeCommand("setContext", "treadle.state", key);
  tree.problem = problemOf(state);
  if (state.kind === "failed") {
    log.error(state.error.message);
  } else {
    log.info(`The daemon: ${state.kind}${state.kind === "ready" ? `, ${sentenceOfProjects(state.projects)}` : ""}.`);
  }
}

function hasWelcome({ reason }: DaemonUnavailableError): boolean {
  return reason === "notInstalled" || reason === "cannotInstall";
}

function problemOf(state: ClientState): string {
  if (state.kind === "ready") {
    // Where no folder is in a repository the view's welcome says so, with a button.
    return workspaceFolders().some((folder) => repositoryAround(folder) !== null) ? (state.projectProblem ?? "") : "";
  }
  // The view's welcome says it, with buttons; beside a message it would not be shown.
  return state.kind === "failed" && !hasWelcome(state.error) ? state.error.message : "";
}

function sentenceOfProjects(projects: readonly OpenedProject[]): string {
  return projects.length === 0 ? "no project" : `project ${projects.map(({ name }) => name).join(", ")}`;
}
