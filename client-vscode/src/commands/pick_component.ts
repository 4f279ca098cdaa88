import * as vscode from "vscode";
import type { OpenedProject, ProjectComponent } from "../daemon/project";
import type { LastUsed } from "../sessions/last_used";

export async function pickComponent(title: string, { components, root }: OpenedProject, lastUsed: LastUsed): Promise<ProjectComponent | undefined> {
  if (components.length === 0) {
    void offerToDeclare(root);
    return undefined;
  }
  const items = components.map((component) => ({ label: component.name, description: component.kind, component }));
  const picked = await vscode.window.showQuickPick(
    lastUsed.inOrder("component", items, ({ component }) => String(component.id)),
    // The editor may give the focus back to a page after the question before this one.
    { title, placeHolder: "Component of the project", ignoreFocusOut: true },
  );
  if (picked !== undefined) {
    lastUsed.keep("component", String(picked.component.id));
  }
  return picked?.component;
}

async function offerToDeclare(root: string): Promise<void> {
  const declare = "New Component…";
  const sentence = "This project declares no components yet. A task needs none; the other types work on one.";
  if ((await vscode.window.showWarningMessage(sentence, declare)) === declare) {
    await vscode.commands.executeCommand("treadle.newComponent", vscode.Uri.file(root));
  }
}
