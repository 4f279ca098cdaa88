import * as vscode from "vscode";
import { Signal } from "../daemon/signal";

/** When the folders of the window become projects, or are none any more: others, a new repository, a new project file. */
export class FolderChanges implements vscode.Disposable {
  readonly changes = new Signal<undefined>();
  /** A folder has become a repository since it was opened. */
  readonly repositories = new Signal<undefined>();
  private watchers: vscode.Disposable[] = [];
  private readonly listening: vscode.Disposable;

  constructor() {
    this.listening = vscode.workspace.onDidChangeWorkspaceFolders(() => {
      this.watch();
      this.changes.emit(undefined);
    });
    this.watch();
  }

  paths(): string[] {
    const folders = vscode.workspace.workspaceFolders ?? [];
    return folders.filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);
  }

  dispose(): void {
    this.listening.dispose();
    this.watchers.forEach((one) => void one.dispose());
  }

  private watch(): void {
    this.watchers.forEach((one) => void one.dispose());
    this.watchers = this.paths().flatMap((folder) => {
      const settings = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, ".treadle/project.yaml"), false, true);
      const repository = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, ".git"), false, true);
      const changed = (): void => this.changes.emit(undefined);
      return [
        settings,
        settings.onDidCreate(changed),
        settings.onDidDelete(changed),
        repository,
        repository.onDidDelete(changed),
        repository.onDidCreate(() => {
          changed();
          this.repositories.emit(undefined);
        }),
      ];
    });
  }
}
