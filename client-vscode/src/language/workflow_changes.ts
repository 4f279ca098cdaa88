import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import { Later } from "../daemon/later";
import type { OpenedProject } from "../daemon/project";
import { isWorkflowOf } from "../sessions/workflow_files";

const GATHER_MS = 300;

/**
 * Opens the project again when a person has changed which workflows it has, since they name each other. Only what is done
 * in this editor counts: that folder is trusted, as for a command. What comes from elsewhere, say from an agent, waits for one.
 */
export class WorkflowChanges implements vscode.Disposable {
  private readonly reopening: Later;
  private readonly changedProjects = new Set<number>();
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly daemon: Daemon,
    private readonly openProject: (hint: { projectId: number }) => Promise<unknown>,
    private readonly report: (error: unknown) => void,
  ) {
    this.reopening = new Later(() => this.openChanged(), report, GATHER_MS);
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
    for (const { id, root } of this.projects()) {
      if ((await Promise.all(files.map((file) => isWorkflowOf(root, file)))).includes(true)) {
        this.changedProjects.add(id);
        this.reopening.ask();
      }
    }
  }

  private async openChanged(): Promise<void> {
    const ids = [...this.changedProjects];
    this.changedProjects.clear();
    await Promise.all(ids.map((projectId) => this.openProject({ projectId })));
  }

  /** Those that this window has opened already, in folders that the person trusts. */
  private projects(): readonly OpenedProject[] {
    const { state } = this.daemon;
    return vscode.workspace.isTrusted && state.kind === "ready" ? state.projects : [];
  }
}
