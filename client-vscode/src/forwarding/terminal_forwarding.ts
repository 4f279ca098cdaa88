import * as vscode from "vscode";
import type { SessionDraft } from "./file_events";
import type { WatchedProject } from "./file_forwarding";
import { commandCompleted, commandStarted, isOwnRun } from "./terminal_events";

interface Dependencies {
  projectOf(file: string): WatchedProject | null;
  /** When a terminal does not say where it is: the only project of the window. */
  onlyProject(): WatchedProject | null;
  tell(drafts: readonly SessionDraft[]): void;
}

interface Running {
  readonly started: readonly SessionDraft[];
  readonly at: number;
}

/** Follows the commands in terminals whose shell tells of them. */
export class TerminalForwarding implements vscode.Disposable {
  private readonly running = new WeakMap<vscode.TerminalShellExecution, Running>();
  private readonly listening: vscode.Disposable;

  constructor(private readonly needs: Dependencies) {
    this.listening = vscode.Disposable.from(
      vscode.window.onDidStartTerminalShellExecution((event) => this.began(event)),
      vscode.window.onDidEndTerminalShellExecution(({ execution, exitCode }) => this.ended(execution, exitCode)),
    );
  }

  dispose(): void {
    this.listening.dispose();
  }

  private began({ execution, terminal, shellIntegration }: vscode.TerminalShellExecutionStartEvent): void {
    const command = execution.commandLine.value.trim();
    if (command === "" || isOwnRun(command)) {
      return;
    }
    const where = execution.cwd ?? shellIntegration.cwd;
    const project = where?.scheme === "file" ? this.needs.projectOf(where.fsPath) : this.needs.onlyProject();
    if (project === null) {
      return;
    }
    const at = Date.now();
    const about = { command, directory: where?.fsPath ?? project.root, terminal: terminal.name };
    const started = project.placesAt(at).flatMap(({ sessionId, interactionId }) => {
      const draft = commandStarted(about, project.root, interactionId);
      return draft === null ? [] : [{ sessionId, draft }];
    });
    this.running.set(execution, { started, at });
    this.needs.tell(started);
  }

  private ended(execution: vscode.TerminalShellExecution, exitCode: number | undefined): void {
    const running = this.running.get(execution);
    if (running !== undefined) {
      const took = Date.now() - running.at;
      this.needs.tell(running.started.map(({ sessionId, draft }) => ({ sessionId, draft: commandCompleted(draft, exitCode, took) })));
    }
  }
}
