import * as vscode from "vscode";
import { DaemonUnavailableError, RefusedError, sentenceOf } from "../daemon/errors";
import { openPlace } from "./open_place";
import { requireTrustFor } from "./restricted";
import type { Surroundings } from "./surroundings";
import { COMMANDS } from "./table";

const OPEN_SETTINGS = "Open Settings";
const MANAGE_TRUST = "Manage Workspace Trust";
const SHOW_LOG = "Show Log";
const OPEN = "Open";
/** Refusals that may say where in a file something is wrong. */
const PLACED: ReadonlySet<string> = new Set(["workflow_invalid", "project_invalid"]);

/** Binds the table to the editor: the one place where a command's failure becomes a message. */
export function registerCommands(surroundings: Surroundings, report: (error: unknown) => void): vscode.Disposable[] {
  return Object.entries(COMMANDS).map(([name, command]) =>
    vscode.commands.registerCommand(name, async (argument: unknown) => {
      try {
        requireTrustFor(name);
        return await command(surroundings, argument);
      } catch (error) {
        if (error instanceof vscode.CancellationError) {
          return undefined;
        }
        report(error);
        if (error instanceof DaemonUnavailableError && error.reason === "cannotInstall") {
          // Whoever set it up has said so, with what can be done.
          return undefined;
        }
        show(error, surroundings).catch(report);
        return undefined;
      }
    }),
  );
}

async function show(error: unknown, surroundings: Surroundings): Promise<void> {
  const action = actionFor(error);
  const chosen = await vscode.window.showErrorMessage(sentenceOf(error), action);
  if (chosen === OPEN_SETTINGS) {
    await vscode.commands.executeCommand("treadle.openSettings");
  } else if (chosen === MANAGE_TRUST) {
    await vscode.commands.executeCommand("workbench.trust.manage");
  } else if (chosen === OPEN) {
    await openPlace(error as RefusedError, surroundings);
  } else if (chosen === SHOW_LOG) {
    surroundings.showLog();
  }
}

function actionFor(error: unknown): string {
  if (error instanceof DaemonUnavailableError && error.reason === "notInstalled") {
    return OPEN_SETTINGS;
  }
  if (!(error instanceof RefusedError)) {
    return SHOW_LOG;
  }
  return error.code === "project_untrusted" ? MANAGE_TRUST : PLACED.has(error.code) ? OPEN : SHOW_LOG;
}
