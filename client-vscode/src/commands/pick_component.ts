import * as vscode from "vscode";
import type { OpenedProject, ProjectComponent } from "../daemon/project";

export async function pickComponent(title: string, { components, root }: OpenedProject): Promise<ProjectComponent | undefined> {
  if (components.length === 0) {
    void offerToDeclare(root);
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    components.map((component) => ({ label: component.name, description: component.kind, component })),
    // The editor may give the focus back to a page after the question before this one.
    { title, placeHolder: "Component of the project", ignoreFocusOut: true },
  );
  return picked?.component;
}

async function offerToDeclare(root: string): Promise<void> {
  const show = "Open Project File";
  const sentence = "This project declares no components. Name them in .treadle/project.yaml; `treadle init` writes one.";
  if ((await vscode.window.showWarningMessage(sentence, show)) === show) {
    const file = vscode.Uri.joinPath(vscode.Uri.file(root), ".treadle", "project.yaml");
    await vscode.commands.executeCommand("vscode.open", file);
  }
}
