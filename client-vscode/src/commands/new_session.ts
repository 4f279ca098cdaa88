import * as vscode from "vscode";
import type { OpenedProject } from "../daemon/project";
import type { SessionTypeView } from "../protocol";
import type { Surroundings } from "./surroundings";

/** What a keybinding may have chosen already. */
export interface NewSessionChoice {
  readonly type?: string;
}

/** Asks for a type and a component, makes the session and shows it. Resolves to its id, or nothing when left. */
export async function newSession(surroundings: Surroundings, choice?: NewSessionChoice): Promise<number | undefined> {
  const { daemon, names } = surroundings;
  surroundings.needDaemon();
  const [project, types] = await Promise.all([
    surroundings.openProject(),
    daemon.call("sessionType/list", {}).then((answer) => answer.data),
  ]);
  names.addComponents(project.components);
  const type = types.find(({ id }) => id === choice?.type) ?? (await pickType(types));
  if (type === undefined) {
    return undefined;
  }
  const component = type.needsComponent ? await pickComponent(type, project) : null;
  if (component === undefined) {
    return undefined;
  }
  const { session } = await daemon.call("session/create", {
    type: type.id,
    componentId: component?.id ?? null,
    projectId: project.id,
    root: project.root,
    environment: "vscode",
    executionMode: "agentic",
  });
  surroundings.showTimeline(session.id);
  return session.id;
}

async function pickType(types: readonly SessionTypeView[]): Promise<SessionTypeView | undefined> {
  const picked = await vscode.window.showQuickPick(
    types.map((type) => ({ label: type.title, description: type.id, detail: type.description, type })),
    { title: "New Session: what is to be done?", placeHolder: "Type of the session", matchOnDescription: true, matchOnDetail: true },
  );
  return picked?.type;
}

async function pickComponent(type: SessionTypeView, { components, root }: OpenedProject) {
  if (components.length === 0) {
    void offerToDeclare(root);
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    components.map((component) => ({ label: component.name, description: component.kind, component })),
    { title: `New Session: ${type.title}`, placeHolder: "Component of the project" },
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
