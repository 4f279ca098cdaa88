import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";
import { withPlace } from "../daemon/file_place";
import type { JsonValue } from "../protocol";
import { type ComponentPaths, CONTEXT, pathsOf, ROLES, type Role } from "../sessions/component_layout";
import { problemOfName, problemOfNewName, problemOfPath } from "../sessions/component_rules";
import { componentsIn, type DeclaredComponent, insertionOf, type NewComponent } from "../sessions/project_file";
import { fileIn, offerToSetUp, rootOf } from "./set_up_project";
import type { Surroundings } from "./surroundings";

const TITLE = "New Component";
const NEW_SESSION = "New Session…";
const MODULE = "module";
const KINDS = [
  { label: MODULE, detail: "A part with code, tests and mostly a design." },
  { label: CONTEXT, detail: "It has parts of its own; its code and tests are folders." },
  { label: "schema", detail: "A form of data: its design says fields and constraints." },
];

/** Asks for a component and writes it into the project's file. Resolves to its name, or nothing when left. */
export async function newComponent(surroundings: Surroundings, argument: unknown): Promise<string | undefined> {
  surroundings.needDaemon();
  const folder = await surroundings.pickFolder(argument);
  const root = rootOf(folder);
  if (root === undefined) {
    return undefined;
  }
  if (!existsSync(fileIn(root))) {
    offerToSetUp(root).catch((error: unknown) => surroundings.report(error));
    return undefined;
  }
  return add(surroundings, root).catch((error: unknown) => {
    throw withPlace(error, root);
  });
}

async function add(surroundings: Surroundings, root: string): Promise<string | undefined> {
  const document = await vscode.workspace.openTextDocument(fileIn(root));
  const known = componentsIn(document.getText());
  const { id } = await surroundings.openProject({ file: root });
  const { project } = await surroundings.daemon.call("project/get", { projectId: id });
  const component = await ask(surroundings, known, project.settings);
  if (component === undefined) {
    return undefined;
  }
  await write(document, component);
  await surroundings.names.typesIn(await surroundings.openProject({ file: root }));
  offerASession(component.name).catch((error: unknown) => surroundings.report(error));
  return component.name;
}

async function ask(
  surroundings: Surroundings,
  known: readonly DeclaredComponent[],
  settings: Readonly<Record<string, JsonValue>>,
): Promise<NewComponent | undefined> {
  const taken = new Set(known.map(({ name }) => name));
  const typed = await vscode.window.showInputBox({
    title: TITLE,
    prompt: "Its name, as people speak of it.",
    placeHolder: "Cart",
    ignoreFocusOut: true,
    validateInput: (text) => problemOfNewName(text, taken),
  });
  const name = typed?.trim();
  const kind = name === undefined ? undefined : await pickKind(surroundings, known);
  if (name === undefined || kind === undefined) {
    return undefined;
  }
  const context = await pickParent(known);
  if (context === undefined) {
    return undefined;
  }
  const paths = await askPaths(name, pathsOf({ name, kind, context }, settings));
  return paths === undefined ? undefined : { name, kind, parent: context?.name ?? null, paths };
}

async function pickKind({ lastUsed }: Surroundings, known: readonly DeclaredComponent[]): Promise<string | undefined> {
  const others = new Set(known.map(({ kind }) => kind));
  KINDS.forEach(({ label }) => others.delete(label));
  const items: vscode.QuickPickItem[] = [...KINDS, ...[...others].map((label) => ({ label }))];
  const other = { label: "Another kind…", alwaysShow: true };
  const options = { title: TITLE, placeHolder: "Kind of the component", ignoreFocusOut: true };
  const picked = await vscode.window.showQuickPick([...lastUsed.inOrder("kind", items, ({ label }) => label), other], options);
  const kind = picked === other ? await typeKind() : picked?.label;
  if (kind !== undefined) {
    lastUsed.keep("kind", kind);
  }
  return kind;
}

async function typeKind(): Promise<string | undefined> {
  const prompt = "A word of your own; design_sections of the project may say what its design must have.";
  return (await vscode.window.showInputBox({ title: TITLE, prompt, ignoreFocusOut: true, validateInput: problemOfName }))?.trim();
}

/** Null: it is a part of no other. Undefined: the person left. */
async function pickParent(known: readonly DeclaredComponent[]): Promise<DeclaredComponent | null | undefined> {
  if (known.length === 0) {
    return null;
  }
  const contexts = [...known].sort((one, other) => Number(other.kind === CONTEXT) - Number(one.kind === CONTEXT));
  const items = [
    { label: "Of no other component", iconPath: new vscode.ThemeIcon("circle-slash"), component: null },
    ...contexts.map((component) => ({ label: component.name, description: component.kind, component })),
  ];
  const picked = await vscode.window.showQuickPick(items, { title: TITLE, placeHolder: "What it is a part of", ignoreFocusOut: true });
  return picked === undefined ? undefined : picked.component;
}

/** The usual places mostly do; a place that is left empty is not written. */
async function askPaths(name: string, usual: ComponentPaths): Promise<ComponentPaths | undefined> {
  const detail = ROLES.flatMap((role) => (usual[role] === undefined ? [] : [`${role}: ${usual[role]}`])).join("  ·  ");
  const items = [
    { label: "Use these places", iconPath: new vscode.ThemeIcon("check"), detail, asks: false },
    { label: "Choose places…", iconPath: new vscode.ThemeIcon("edit"), detail: "One after the other: design, code, tests.", asks: true },
  ];
  const options = { title: `${TITLE}: ${name}`, placeHolder: "Where its files are, or will be", ignoreFocusOut: true };
  const picked = await vscode.window.showQuickPick(items, options);
  if (picked?.asks !== true) {
    return picked === undefined ? undefined : usual;
  }
  const paths: [Role, string][] = [];
  for (const [index, role] of ROLES.entries()) {
    const typed = await vscode.window.showInputBox({
      title: `${TITLE}: ${name} (${index + 1}/${ROLES.length})`,
      prompt: `The ${role}, from the project's root. Empty: it has none.`,
      value: usual[role] ?? "",
      ignoreFocusOut: true,
      validateInput: (text) => (text.trim() === "" ? null : problemOfPath(text.trim())),
    });
    if (typed === undefined) {
      return undefined;
    }
    paths.push([role, typed.trim()]);
  }
  return Object.fromEntries(paths.filter(([, place]) => place !== ""));
}

/** The file may have changed while the person was asked. It is written as any edit is, so that it can be undone. */
async function write(document: vscode.TextDocument, component: NewComponent): Promise<void> {
  const text = document.getText();
  const problem = problemOfNewName(component.name, new Set(componentsIn(text).map(({ name }) => name)));
  if (problem !== null) {
    throw new RefusedError(problem, "invalid_params");
  }
  const { start, end, text: added, entry } = insertionOf(text, component);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(document.positionAt(start), document.positionAt(end)), added);
  if (!(await vscode.workspace.applyEdit(edit)) || !(await document.save())) {
    throw new RefusedError(`${path.basename(document.uri.fsPath)} could not be saved.`, "invalid_params");
  }
  const editor = await vscode.window.showTextDocument(document);
  const place = document.lineAt(document.positionAt(entry)).range;
  editor.selection = new vscode.Selection(place.end, place.end);
  editor.revealRange(place, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function offerASession(name: string): Promise<void> {
  const sentence = `${name} stands in .treadle/project.yaml. Commit it, and let sessions work on it.`;
  if ((await vscode.window.showInformationMessage(sentence, NEW_SESSION)) === NEW_SESSION) {
    await vscode.commands.executeCommand("treadle.newSession");
  }
}
