import * as vscode from "vscode";
import { headOf } from "../sessions/awaited_head";
import { titleOf } from "../sessions/words";
import { pickSession } from "./pick_session";
import type { Surroundings } from "./surroundings";

const MAX_NAME = 60;

/** A session's record into the clipboard, for an issue or a review. */
export async function copyAsMarkdown(surroundings: Surroundings, argument: unknown): Promise<void> {
  const sessionId = await pick(surroundings, argument, "Session to copy as Markdown");
  if (sessionId !== undefined) {
    await vscode.env.clipboard.writeText(await surroundings.exports.asMarkdown(sessionId));
    vscode.window.setStatusBarMessage(`Copied: session ${sessionId} as Markdown`, 3_000);
  }
}

/** A session's timeline into one file that any browser shows. */
export async function exportSession(surroundings: Surroundings, argument: unknown): Promise<void> {
  const sessionId = await pick(surroundings, argument, "Session to export");
  if (sessionId === undefined) {
    return;
  }
  const head = await headOf(surroundings.daemon, sessionId);
  const file = await vscode.window.showSaveDialog({
    title: `Export Session ${sessionId}`,
    ...placeOf(fileNameOf(sessionId, titleOf(head, surroundings.names))),
    filters: { HTML: ["html"] },
    saveLabel: "Export",
  });
  if (file === undefined) {
    return;
  }
  await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: `Exporting session ${sessionId} …` }, async () => {
    const page = await surroundings.exports.asHtml(sessionId);
    await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(page));
  });
  await offerToOpen(sessionId, file);
}

function pick(surroundings: Surroundings, argument: unknown, placeHolder: string): Promise<number | undefined> {
  return pickSession(surroundings, argument, { placeHolder, none: "There is no session yet.", suits: () => true, mayHaveEnded: true });
}

/** Letters and digits of any language; what else a title has is no name for a file. */
export function fileNameOf(sessionId: number, title: string): string {
  const words = Array.from(title.normalize("NFC").replaceAll(/[^\p{L}\p{N}]+/gu, "-")).slice(0, MAX_NAME).join("");
  return `session-${sessionId}-${words.replaceAll(/^-+|-+$/g, "").toLowerCase()}`.replace(/-$/, "") + ".html";
}

function placeOf(name: string): Pick<vscode.SaveDialogOptions, "defaultUri"> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  return folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder.uri, name) };
}

/** A browser on another machine than the file's cannot open it. */
async function offerToOpen(sessionId: number, file: vscode.Uri): Promise<void> {
  const open = "Open in Browser";
  const canOpen = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  const chosen = await vscode.window.showInformationMessage(`Session ${sessionId} is in ${vscode.workspace.asRelativePath(file)}.`, ...(canOpen ? [open] : []));
  if (chosen === open) {
    await vscode.env.openExternal(file);
  }
}
