import path from "node:path";
import * as vscode from "vscode";
import type { RefusedError } from "../daemon/errors";
import { characterOf } from "../sessions/workflow_files";
import type { Surroundings } from "./surroundings";

/** Where a workflow file is wrong, by the details of the refusal: a path in the project, line and column from 1. */
export async function openPlace({ details }: RefusedError, surroundings: Surroundings): Promise<void> {
  const { path: file, line, column } = details;
  if (typeof file !== "string") {
    return;
  }
  // The folder may be a project only since after this window connected.
  const { root } = await surroundings.openProject();
  const document = await vscode.workspace.openTextDocument(path.resolve(root, file));
  const editor = await vscode.window.showTextDocument(document);
  const row = Math.min(document.lineCount, Math.max(1, Number(line ?? 1))) - 1;
  const place = new vscode.Position(row, characterOf(document.lineAt(row).text, Number(column ?? 1)));
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}
