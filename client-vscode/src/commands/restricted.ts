import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";

/** What a person may do in a folder that they do not trust: look. package.json greys out everything else. */
export const IN_RESTRICTED_MODE: ReadonlySet<string> = new Set([
  "treadle.showTimeline",
  "treadle.showAsk",
  "treadle.filterSessions",
  "treadle.clearFilter",
  "treadle.copy",
  "treadle.copyAsMarkdown",
  "treadle.loadMoreSessions",
  "treadle.refresh",
  "treadle.openSettings",
  "treadle.showLog",
  "treadle.openWalkthrough",
  "treadle.manageTrust",
]);

/** A keybinding or another extension can call what is greyed out. */
export function requireTrustFor(command: string): void {
  if (!vscode.workspace.isTrusted && !IN_RESTRICTED_MODE.has(command)) {
    throw new RefusedError("This folder is not trusted: in it sessions can be looked at, but not run or changed.", "project_untrusted");
  }
}
