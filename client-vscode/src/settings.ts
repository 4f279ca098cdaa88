import * as vscode from "vscode";
import type { ClientIdentity } from "./daemon/connection";
import { type Program, programOf } from "./daemon/program";

/** The folder whose project this window works in: the first one. */
export function workspaceFolder(): string | null {
  return vscode.workspace.workspaceFolders?.find((folder) => folder.uri.scheme === "file")?.uri.fsPath ?? null;
}

export function currentProgram(env: NodeJS.ProcessEnv): Program {
  const settings = vscode.workspace.getConfiguration("treadle");
  return programOf({
    command: settings.get("command"),
    dataDir: settings.get<string>("dataDir") ?? "",
    env,
    trustedFolder: vscode.workspace.isTrusted ? workspaceFolder() : null,
  });
}

export function identityOf(memory: vscode.Memento): ClientIdentity {
  const key = "treadle.clientId";
  const clientId = memory.get<string>(key) ?? crypto.randomUUID();
  void memory.update(key, clientId);
  const workspaceFolders = (vscode.workspace.workspaceFolders ?? []).map(({ uri, name }) => ({
    uri: uri.toString(),
    name,
  }));
  return { clientId, clientName: "vscode", workspaceFolders };
}
