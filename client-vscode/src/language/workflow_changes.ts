import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import { Later } from "../daemon/later";
import { isWorkflowOf } from "../sessions/workflow_files";

const GATHER_MS = 300;

/**
 * Opens the project again when a person has changed which workflows it has, since they name each other. Only what is done
 * in this editor counts: that folder is trusted, as for a command. What comes from elsewhere, say from an agent, waits for one.
 */
export class WorkflowChanges implements vscode.Disposable {
  private readonly reopening: Later;
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly daemon: Daemon,
    openProject: () => Promise<unknown>,
    private readonly report: (error: unknown) => void,
  ) {
    this.reopening = new Later(openProject, report, GATHER_MS);
    this.disposables = [
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.changed([uri])),
      vscode.workspace.onDidCreateFiles(({ files }) => this.changed(files)),
      vscode.workspace.onDidDeleteFiles(({ files }) => this.changed(files)),
      vscode.workspace.onDidRenameFiles(({ files }) => this.changed(files.flatMap(({ oldUri, newUri }) => [oldUri, newUri]))),
    ];
  }

  dispose(): void {
    this.disposables.forEach((one) => void one.dispose());
    this.reopening.dispose();
  }

  private changed(uris: readonly vscode.Uri[]): void {
    this.openAgain(uris.filter(({ scheme }) => scheme === "file").map(({ fsPath }) => fsPath)).catch(this.report);
  }

  private async openAgain(files: readonly string[]): Promise<void> {
    const root = this.root();
    if (root !== null && (await Promise.all(files.map((file) => isWorkflowOf(root, file)))).includes(true)) {
      this.reopening.ask();
    }
  }

  /** Of the project that this window has opened already, in a folder that the person trusts. */
  private root(): string | null {
    const { state } = this.daemon;
    return vscode.workspace.isTrusted && state.kind === "ready" ? (state.project?.root ?? null) : null;
  }
}
