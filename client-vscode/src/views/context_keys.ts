import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import { repositoryAround } from "../daemon/repository";
import type { Signal } from "../daemon/signal";
import type { AskList } from "../sessions/ask_list";
import { contextOf } from "../sessions/context";
import { PROJECT_FILE } from "../sessions/project_file";
import type { SessionList } from "../sessions/session_list";

/** THE keys of Treadle that package.json may ask for, but for the state of the daemon; a test holds it to that. */
const PREFIX = "treadle.";

/** Tells the editor what there is, so that each command is offered only where it makes sense. */
export class ContextKeys implements vscode.Disposable {
  private readonly told = new Map<string, unknown>();
  private readonly disposables: { dispose(): unknown }[];

  constructor(
    private readonly models: { readonly daemon: Daemon; readonly sessions: SessionList; readonly asks: AskList },
    folders: { readonly changes: Signal<undefined>; readonly paths: () => readonly string[] },
  ) {
    const { daemon, sessions, asks } = models;
    this.disposables = [
      daemon.states.listen(() => this.tellProject()),
      sessions.changes.listen(() => this.tellSessions()),
      asks.changes.listen(() => this.tell("hasAsks", asks.asks.length > 0)),
      folders.changes.listen(() => this.tellFolders(folders.paths())),
    ];
    this.tellFolders(folders.paths());
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
  }

  private tellProject(): void {
    const { state } = this.models.daemon;
    this.tell("hasProject", state.kind === "ready" && state.projects.length > 0);
  }

  private tellSessions(): void {
    const context: Record<string, boolean> = { ...contextOf(this.models.sessions.sessions, Date.now()) };
    Object.entries(context).forEach(([key, value]) => this.tell(key, value));
  }

  private tellFolders(folders: readonly string[]): void {
    const roots = folders.map(repositoryAround).filter((root) => root !== null);
    this.tell("hasRepository", roots.length > 0);
    this.tell("isSetUp", roots.some((root) => existsSync(path.join(root, ...PROJECT_FILE))));
  }

  /** The editor is told only of what is new: sessions change all the time. */
  private tell(key: string, value: boolean): void {
    if (this.told.get(key) !== value) {
      this.told.set(key, value);
      void vscode.commands.executeCommand("setContext", PREFIX + key, value);
    }
  }
}
