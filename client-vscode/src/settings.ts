import * as vscode from "vscode";
import type { ClientIdentity } from "./daemon/connection";
import { chosenArgv, type Program } from "./daemon/program";

/** The folders whose projects this window works in. */
export function workspaceFolders(): string[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.filter(({ uri }) => uri.scheme === "file").map(({ uri }) => uri.fsPath);
}

/** How to call Treadle, if the setting or a trusted folder says so. */
export function chosenCommand(): Program["argv"] | null {
  const trustedFolders = vscode.workspace.isTrusted ? workspaceFolders() : [];
  return chosenArgv({ command: settings().get("command"), trustedFolders });
}

export function dataDir(): string {
  return settings().get<string>("dataDir") ?? "";
}

/** The Python of the extension's own environment; empty: one is looked for. */
export function wantedPython(): string {
  return settings().get<string>("python") ?? "";
}

function settings(): vscode.WorkspaceConfiguration {
  return vscode.workspace.getConfiguration("treadle");
}

export function identityOf(memory: vscode.Memento): ClientIdentity {
  const key = "treadle.clientId";
  const clientId = memory.get<string>(key) ?? crypto.randomUUID();
  void memory.update(key, clientId);
  return {
    clientId,
    clientName: "vscode",
    get workspaceFolders() {
      return (vscode.workspace.workspaceFolders ?? []).map(({ uri, name }) => ({ uri: uri.toString(), name }));
    },
  };
}

/** Whether manual steps run in terminals without a shell, since the person's shell does not tell how commands end. */
export function wantsOwnTerminals(): boolean {
  return vscode.workspace.getConfiguration("treadle").get("terminal.withoutShellIntegration") === "own";
}

export async function rememberOwnTerminals(): Promise<void> {
  await vscode.workspace.getConfiguration("treadle").update("terminal.withoutShellIntegration", "own", vscode.ConfigurationTarget.Global);
}

/** Whether a run in the background ends after its step when no editor is open any more. */
export function endsWithoutEditor(): boolean {
  return vscode.workspace.getConfiguration("treadle").get("runs.whenWindowCloses") === "stopAfterStep";
}
