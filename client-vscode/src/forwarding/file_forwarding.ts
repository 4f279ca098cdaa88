import { realpathSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { FileChanges, type ChangeKind, type FileChange } from "./file_changes";
import { eventsOfFiles, relativePath, type SessionDraft } from "./file_events";
import { IgnoredFiles } from "./ignored_files";
import type { Place } from "./worked_sessions";

/** A project of this window, and what is known of its sessions. */
export interface WatchedProject {
  readonly root: string;
  placesAt(time: number): readonly Place[];
  /** Nobody's work, such as the daemon's own files when they lie here. */
  isLeftOut(file: string): boolean;
}

interface Dependencies {
  /** The innermost project that a file lies in. */
  projectOf(file: string): WatchedProject | null;
  tell(drafts: readonly SessionDraft[]): void;
  report(sentence: string): void;
}

/** Follows the files of the workspace, and what is saved in this window. */
export class FileForwarding implements vscode.Disposable {
  private readonly changes = new FileChanges();
  private readonly ignored = new Map<string, IgnoredFiles>();
  private readonly disposables: vscode.Disposable[];
  private timer: NodeJS.Timeout | undefined;
  private telling: Promise<void> = Promise.resolve();

  constructor(private readonly needs: Dependencies) {
    this.disposables = [
      ...(vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").map((folder) => this.watch(folder)),
      vscode.workspace.onDidSaveTextDocument(({ uri }) => this.note(uri, (file, now) => this.changes.saved(file, now))),
      vscode.workspace.onDidRenameFiles(({ files }) => files.forEach(({ oldUri, newUri }) => this.renamed(oldUri, newUri))),
    ];
  }

  /** All that was heard of until now is told. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.tell({ isOver: true });
    return this.telling;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposables.forEach((each) => void each.dispose());
  }

  private watch(folder: vscode.WorkspaceFolder): vscode.Disposable {
    const watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, "**/*"));
    const seen = (kind: ChangeKind) => (uri: vscode.Uri) => this.note(uri, (file, now) => this.changes.seen(file, kind, now));
    return vscode.Disposable.from(watcher, watcher.onDidCreate(seen("created")), watcher.onDidChange(seen("modified")), watcher.onDidDelete(seen("deleted")));
  }

  private renamed(from: vscode.Uri, to: vscode.Uri): void {
    const before = realPath(from);
    this.note(to, (file, now) => (before === null ? this.changes.seen(file, "created", now) : this.changes.renamed(before, file, now)));
  }

  private note(uri: vscode.Uri, change: (file: string, now: number) => void): void {
    const file = realPath(uri);
    const project = file === null ? null : this.needs.projectOf(file);
    if (file === null || project === null) {
      return;
    }
    const now = Date.now();
    const name = relativePath(project.root, file);
    const isWanted = name !== null && !project.isLeftOut(file) && !this.ignoredIn(project.root).isKnown(name);
    if (isWanted && project.placesAt(now).length > 0) {
      change(file, now);
      this.tellWhenDue();
    }
  }

  private ignoredIn(root: string): IgnoredFiles {
    const ignored = this.ignored.get(root) ?? new IgnoredFiles(root, (sentence) => this.needs.report(sentence));
    this.ignored.set(root, ignored);
    return ignored;
  }

  private tellWhenDue(): void {
    const { nextAt } = this.changes;
    if (nextAt !== null) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.tell(), Math.max(0, nextAt - Date.now()));
    }
  }

  private tell(options: { isOver?: boolean } = {}): void {
    const due = this.changes.due(Date.now(), options);
    const left = this.changes.takeLeftOut();
    if (left > 0) {
      this.needs.report(`${left} changes of files were too many at once and are not recorded.`);
    }
    this.telling = this.telling.then(() => this.tellOf(due)).catch((error: unknown) => this.needs.report(String(error)));
    this.tellWhenDue();
  }

  private async tellOf(changes: readonly FileChange[]): Promise<void> {
    const byProject = new Map<string, { project: WatchedProject; changes: FileChange[] }>();
    for (const change of changes) {
      const project = this.needs.projectOf(change.file);
      if (project !== null) {
        const known = byProject.get(project.root) ?? { project, changes: [] };
        known.changes.push(change);
        byProject.set(project.root, known);
      }
    }
    for (const { project, changes: own } of byProject.values()) {
      const files = { root: project.root, ignored: this.ignoredIn(project.root), placesAt: (time: number) => project.placesAt(time) };
      this.needs.tell(await eventsOfFiles(files, own));
    }
  }
}

/** Where it really lies, as git knows it; the file itself may be gone, or be a link. */
function realPath({ scheme, fsPath }: vscode.Uri): string | null {
  if (scheme !== "file") {
    return null;
  }
  const gone: string[] = [path.basename(fsPath)];
  for (let folder = path.dirname(fsPath); ; folder = path.dirname(folder)) {
    try {
      return path.join(realpathSync.native(folder), ...gone);
    } catch {
      if (path.dirname(folder) === folder) {
        return null;
      }
      gone.unshift(path.basename(folder));
    }
  }
}
