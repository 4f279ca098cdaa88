import path from "node:path";
import * as vscode from "vscode";
import type { ProjectHint } from "./commands/surroundings";
import type { DaemonClient } from "./daemon/client";
import { RefusedError } from "./daemon/errors";
import type { Program } from "./daemon/program";
import { openProject, type OpenedProject, projectOfFile } from "./daemon/project";
import { workspaceFolders } from "./settings";

/** Which project of the window's folders a command means. */
export class ProjectChoice {
  constructor(
    private readonly daemon: DaemonClient,
    private readonly program: () => Promise<Program>,
  ) {}

  /** As it is now. Cancelled when the person is asked and chooses none. */
  async open(hint: ProjectHint = {}): Promise<OpenedProject> {
    const folders = trustedFolders();
    const [only, ...others] = folders;
    const folder = only !== undefined && others.length === 0 ? only : await this.folderOf(hint, folders);
    return openProject(await this.program(), folder);
  }

  /** A folder of the window, whether it is a project or not. */
  async folder(meant: unknown): Promise<string> {
    const folders = trustedFolders();
    const [only, ...others] = folders;
    const uri = meant instanceof vscode.Uri ? meant : vscode.window.activeTextEditor?.document.uri;
    const around = uri === undefined ? undefined : vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath;
    return only !== undefined && others.length === 0 ? only : (around ?? pickFolder(folders));
  }

  async ofSession(sessionId: number): Promise<OpenedProject> {
    const { session } = await this.daemon.call("session/get", { sessionId, limit: 1 });
    return this.open(session);
  }

  private async folderOf({ projectId = null, file }: ProjectHint, folders: readonly string[]): Promise<string> {
    const { projects } = await this.daemon.ready();
    const [only, ...others] = projects;
    if (only !== undefined && others.length === 0) {
      return only.root;
    }
    if (projectId !== null) {
      const own = projects.find(({ id }) => id === projectId);
      if (own === undefined) {
        throw new RefusedError("It belongs to a project whose folder is not open in this window.", "project_not_found");
      }
      return own.root;
    }
    const near = file ?? activeFile();
    const around = near === null ? null : projectOfFile(projects, near);
    return around?.root ?? pickFolder(projects.length === 0 ? folders : projects.map(({ root }) => root));
  }
}

function trustedFolders(): string[] {
  const folders = workspaceFolders();
  if (folders.length === 0) {
    throw new RefusedError("Open a folder first: a session works in one.", "project_not_found");
  }
  requireTrust();
  return folders;
}

export function requireTrust(): void {
  if (!vscode.workspace.isTrusted) {
    throw new RefusedError("This folder is not trusted, so Treadle starts nothing in it.", "project_untrusted");
  }
}

function activeFile(): string | null {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri?.scheme === "file" ? uri.fsPath : null;
}

async function pickFolder(folders: readonly string[]): Promise<string> {
  const items = folders.map((folder) => ({ label: path.basename(folder), description: path.dirname(folder), folder }));
  const picked = await vscode.window.showQuickPick(items, { placeHolder: "Folder to work in", ignoreFocusOut: true });
  if (picked === undefined) {
    throw new vscode.CancellationError();
  }
  return picked.folder;
}
