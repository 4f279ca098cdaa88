import path from "node:path";
import * as vscode from "vscode";
import type { ClientState, Daemon } from "../daemon/client";
import type { OpenedProject } from "../daemon/project";
import type { SessionList } from "../sessions/session_list";
import { EventQueue } from "./event_queue";
import { relativePath, type SessionDraft } from "./file_events";
import { FileForwarding, type WatchedProject } from "./file_forwarding";
import { TerminalForwarding } from "./terminal_forwarding";
import { WorkedSessions } from "./worked_sessions";

interface Dependencies {
  readonly daemon: Daemon;
  readonly sessions: SessionList;
  readonly log: vscode.LogOutputChannel;
  /** Name and version of this extension. */
  readonly client: string;
}

/** Tells the sessions of this window what happens in the workspace besides their steps. */
export class Forwarding implements vscode.Disposable {
  private readonly queue: EventQueue;
  private readonly worked = new WorkedSessions();
  private projects: readonly OpenedProject[] = [];
  private dataDir: string | null = null;
  private files: FileForwarding | null = null;
  private terminals: TerminalForwarding | null = null;
  private readonly listening: { dispose(): unknown }[];

  constructor(private readonly needs: Dependencies) {
    const { daemon, sessions, client } = needs;
    this.queue = new EventQueue({ daemon, client, report: (sentence) => this.report(sentence) });
    this.listening = [
      this.queue,
      daemon.states.listen((state) => this.connected(state)),
      sessions.changes.listen(() => this.worked.look(sessions.sessions, Date.now())),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.follow()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.follow()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("treadle.forwarding")) {
          this.follow();
        }
      }),
    ];
    this.follow();
  }

  /** What was heard until now goes to the daemon, if that is there. */
  async flush(): Promise<void> {
    await this.files?.flush();
    await this.queue.flush();
  }

  dispose(): void {
    this.stop();
    this.listening.forEach((each) => void each.dispose());
  }

  private connected(state: ClientState): void {
    if (state.kind === "ready") {
      this.projects = state.projects;
      this.dataDir = path.dirname(state.address);
    }
  }

  /** Anew, as settings, folders and trust are now. */
  private follow(): void {
    this.stop();
    const settings = vscode.workspace.getConfiguration("treadle.forwarding");
    if (!vscode.workspace.isTrusted || settings.get("enabled") !== true) {
      return;
    }
    const projectOf = (file: string): WatchedProject | null => this.projectOf(file);
    const tell = (drafts: readonly SessionDraft[]): void => this.tell(drafts);
    this.files = new FileForwarding({ projectOf, tell, report: (sentence) => this.report(sentence) });
    if (settings.get("terminals") === true) {
      this.terminals = new TerminalForwarding({ projectOf, tell, onlyProject: () => this.onlyProject() });
    }
  }

  private stop(): void {
    this.files?.dispose();
    this.terminals?.dispose();
    this.files = null;
    this.terminals = null;
  }

  private projectOf(file: string): WatchedProject | null {
    const around = this.projects.filter(({ root }) => file === root || relativePath(root, file) !== null);
    const [innermost] = [...around].sort((one, other) => other.root.length - one.root.length);
    return innermost === undefined ? null : this.watched(innermost);
  }

  private onlyProject(): WatchedProject | null {
    const [only] = this.projects;
    return only === undefined || this.projects.length > 1 ? null : this.watched(only);
  }

  private watched({ id, root }: OpenedProject): WatchedProject {
    return {
      root,
      placesAt: (time) => this.worked.at(id, time, Date.now()),
      isLeftOut: (file) => this.isOfDaemon(file, root),
    };
  }

  /** Its folder may lie in the project. */
  private isOfDaemon(file: string, root: string): boolean {
    const { dataDir } = this;
    return dataDir !== null && relativePath(root, dataDir) !== null && relativePath(dataDir, file) !== null;
  }

  private tell(drafts: readonly SessionDraft[]): void {
    drafts.forEach(({ sessionId, draft }) => {
      this.needs.log.debug(`Session ${sessionId}: ${draft.eventType} is forwarded.`);
      this.queue.add(sessionId, draft);
    });
  }

  private report(sentence: string): void {
    this.needs.log.warn(sentence);
  }
}
