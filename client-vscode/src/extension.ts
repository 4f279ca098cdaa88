import * as vscode from "vscode";
import { BackgroundRuns } from "./background_runs";
import { registerCommands } from "./commands/register";
import type { Surroundings } from "./commands/surroundings";
import { type ClientState, DaemonClient } from "./daemon/client";
import type { LogMessage } from "./daemon/connection";
import { RefusedError } from "./daemon/errors";
import { Gateway } from "./daemon/gateway";
import { openProject, type OpenedProject } from "./daemon/project";
import { AskList } from "./sessions/ask_list";
import { NameBook } from "./sessions/names";
import { WorkflowChanges } from "./language/workflow_changes";
import { WorkflowLanguage } from "./language/workflow_language";
import { SessionList } from "./sessions/session_list";
import { currentProgram, identityOf, workspaceFolder } from "./settings";
import { AskAnnouncements } from "./views/ask_announcements";
import { AskDocuments } from "./views/ask_documents";
import { AsksStatus } from "./views/asks_status";
import { AsksTree } from "./views/asks_tree";
import { SessionsTree } from "./views/sessions_tree";
import { TimelinePanels } from "./views/timeline_panels";

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
  const identity = identityOf(context.workspaceState);
  const gateway = new Gateway(() => currentProgram(process.env), identity, workspaceFolder);
  const daemon = new DaemonClient((mayStart) => gateway.open(mayStart));
  const names = new NameBook(daemon);
  const sessions = new SessionList(daemon);
  const asks = new AskList(daemon);
  const tree = new SessionsTree(sessions, names, asks);
  const documents = new AskDocuments();
  const panels = new TimelinePanels({ extensionUri: context.extensionUri, daemon, names, asks, report });
  const logs = vscode.Uri.joinPath(context.globalStorageUri, "runs");
  const runs = new BackgroundRuns(logs, (message) => log.info(message), daemon);
  const surroundings = surroundingsOf({ daemon, sessions, names, asks }, { runs, panels, documents, log });
  context.subscriptions.push(
    log,
    names,
    sessions,
    asks,
    tree,
    new AsksTree(asks, sessions, names),
    new AsksStatus(asks),
    new AskAnnouncements(asks, report),
    documents,
    panels,
    names.problems.listen(report),
    sessions.problems.listen(report),
    asks.problems.listen(report),
    daemon.states.listen((state) => showState(state, tree, log)),
    daemon.logMessages.listen((message) => show(message, log)),
    daemon,
    new WorkflowLanguage(daemon, identity, log),
    new WorkflowChanges(daemon, projectOfFolder, report),
    ...registerCommands(surroundings, report),
    ...startWhenAllowed(daemon),
  );
  return { sessions, tree, asks, daemon };
}

interface Rooms {
  readonly runs: BackgroundRuns;
  readonly panels: TimelinePanels;
  readonly documents: AskDocuments;
  readonly log: vscode.LogOutputChannel;
}

function surroundingsOf(
  models: Pick<Surroundings, "sessions" | "names" | "asks"> & { daemon: DaemonClient },
  { runs, panels, documents, log }: Rooms,
): Surroundings {
  return {
    ...models,
    openProject: projectOfFolder,
    runInBackground: async (sessionId) => runs.start(sessionId, (await projectOfFolder()).root),
    showTimeline: (sessionId) => panels.show(sessionId),
    showAsk: (ask) => documents.show(ask),
    needDaemon: () => {
      requireTrust();
      models.daemon.start();
    },
    showLog: () => log.show(),
  };
}

/** In a folder that is not trusted nothing is started: a daemon of the person's own would still read the folder. */
function startWhenAllowed(daemon: DaemonClient): vscode.Disposable[] {
  const start = (): void => {
    if (vscode.workspace.isTrusted) {
      daemon.start();
    }
  };
  start();
  return [
    vscode.workspace.onDidGrantWorkspaceTrust(start),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (vscode.workspace.isTrusted && change.affectsConfiguration("treadle")) {
        daemon.restart();
      }
    }),
  ];
}

function requireTrust(): void {
  if (!vscode.workspace.isTrusted) {
    throw new RefusedError("This folder is not trusted, so Treadle starts nothing in it.", "project_untrusted");
  }
}

async function projectOfFolder(): Promise<OpenedProject> {
  const folder = workspaceFolder();
  if (folder === null) {
    throw new RefusedError("Open a folder first: a session works in one.", "project_not_found");
  }
  requireTrust();
  return openProject(currentProgram(process.env), folder);
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
  const key = state.kind === "failed" && state.error.reason === "notInstalled" ? "notInstalled" : state.kind;
  void vscode.commands.executeCommand("setContext", "treadle.state", key);
  tree.message = messageOf(state);
  if (state.kind === "failed") {
    log.error(state.error.message);
  } else {
    log.info(`The daemon: ${state.kind}${state.kind === "ready" ? `, project ${state.project?.name ?? "none"}` : ""}.`);
  }
}

function messageOf(state: ClientState): string {
  if (state.kind === "ready") {
    return state.projectProblem ?? "";
  }
  // Without sessions to show, the view's welcome says it, with buttons.
  return state.kind === "failed" && state.error.reason !== "notInstalled" ? state.error.message : "";
}
