import { existsSync } from "node:fs";
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
  const document = await vscode.workspace.openTextDocument(path.resolve(await rootOf(file, surroundings), file));
  const editor = await vscode.window.showTextDocument(document);
  const row = Math.min(document.lineCount, Math.max(1, Number(line ?? 1))) - 1;
  const place = new vscode.Position(row, characterOf(document.lineAt(row).text, Number(column ?? 1)));
  editor.selection = new vscode.Selection(place, place);
  editor.revealRange(new vscode.Range(place, place), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function rootOf(file: string, surroundings: Surroundings): Promise<string> {
  if (path.isAbsolute(file)) {
    return path.dirname(file);
  }
  const { state } = surroundings.daemon;
  const projects = state.kind === "ready" ? state.projects : [];
  const holding = projects.filter(({ root }) => existsSync(path.resolve(root, file)));
  // The folder may be a project only since after this window connected.
  return holding.length === 1 && holding[0] !== undefined ? holding[0].root : (await surroundings.openProject()).root;
}
