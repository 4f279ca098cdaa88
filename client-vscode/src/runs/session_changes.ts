import path from "node:path";
import * as vscode from "vscode";
import type { Daemon } from "../daemon/client";
import { type Comparison, compared } from "../executors/git";
import type { JsonValue, SessionHead } from "../protocol";
import { filesAmong, pathOfFile } from "../sessions/changed_files";
import type { BaseFiles } from "../views/base_files";

type ReviewedFile = [label: vscode.Uri, before: vscode.Uri | undefined, after: vscode.Uri | undefined];

/** The files of a session, each as it was and as it is. */
export async function changesOf(daemon: Daemon, base: BaseFiles, head: SessionHead, root: string): Promise<readonly ReviewedFile[]> {
  const { state } = head;
  const place = { root, base: word(state.base), branch: word(state.branch), commit: word(state.commit) };
  const comparison = await compared(place);
  // In the person's own checkout there are changes of theirs, too.
  const files = place.base === null ? filesAmong(comparison.files, await pathsOf(daemon, head.id)) : comparison.files;
  return files
    .toSorted((one, other) => pathOfFile(one).localeCompare(pathOfFile(other)))
    .map(({ from, to }) => [
      vscode.Uri.file(path.join(comparison.folder ?? root, pathOfFile({ from, to }))),
      from === null ? undefined : base.uriOf(comparison.folder ?? root, comparison.base, from),
      to === null ? undefined : nowOf(comparison, base, root, to),
    ]);
}

/** One file of them beside what it was. Whether it is among them. */
export async function showChangeOf(changes: readonly ReviewedFile[], file: string): Promise<boolean> {
  const found = changes.find(([label]) => label.fsPath.endsWith(path.join(path.sep, file)));
  if (found === undefined) {
    return false;
  }
  const [, before, after] = found;
  if (before === undefined || after === undefined) {
    await vscode.commands.executeCommand("vscode.open", after ?? before, { preview: true });
  } else {
    await vscode.commands.executeCommand("vscode.diff", before, after, `${path.basename(file)}: what the session changed`, { preview: true });
  }
  return true;
}

function nowOf({ folder, target }: Comparison, base: BaseFiles, root: string, file: string): vscode.Uri {
  return folder === null ? base.uriOf(root, target ?? "HEAD", file) : vscode.Uri.file(path.join(folder, file));
}

/** Of which its events tell. */
async function pathsOf(daemon: Daemon, sessionId: number): Promise<Set<string>> {
  const paths = new Set<string>();
  const eventTypes = ["file_created" as const, "file_modified" as const, "file_deleted" as const];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await daemon.call("session/getEvents", { sessionId, eventTypes, ...(cursor === undefined ? {} : { cursor }) });
    page.data.forEach(({ data }) => paths.add(pathIn(data)));
    cursor = page.nextCursor;
  }
  paths.delete("");
  return paths;
}

function pathIn(data: Record<string, JsonValue>): string {
  return typeof data.path === "string" ? data.path : "";
}

function word(value: JsonValue | undefined): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
