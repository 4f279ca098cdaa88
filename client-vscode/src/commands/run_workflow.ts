import { readdir } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";
import type { OpenedProject } from "../daemon/project";
import type { SessionTypeView } from "../protocol";
import { isWorkflowFile, isWorkflowOf, WORKFLOW_FOLDER } from "../sessions/workflow_files";
import { askOfWorkflow, createSession } from "./create_session";
import type { Surroundings } from "./surroundings";

/** What the code lens of a workflow file gives. */
interface WorkflowChoice {
  readonly uri: string | null;
  readonly name: string | null;
}

/** Runs a workflow of the project as its file is now. Resolves to the session's id, or nothing when left. */
export async function runWorkflow(surroundings: Surroundings, argument: unknown): Promise<number | undefined> {
  const choice = choiceOf(argument);
  surroundings.needDaemon();
  const project = await openSaved(surroundings, choice);
  const types = await surroundings.names.typesIn(project);
  const name = choice.name ?? (await pickWorkflow(types, project, surroundings));
  if (name === undefined) {
    return undefined;
  }
  const type = types.find(({ id }) => id === name);
  // What is not listed, say a broken file, is asked for all the same: the daemon knows why it cannot be run.
  const asked = type === undefined ? { type: name, componentId: null, options: {} } : await askOfWorkflow(`Run ${type.title}`, type, project, surroundings);
  return asked === undefined ? undefined : createSession(surroundings, project, { ...asked, start: { mode: "agentic", atOnce: true } });
}

function choiceOf(argument: unknown): WorkflowChoice {
  const { uri, name } = typeof argument === "object" && argument !== null ? (argument as Record<string, unknown>) : {};
  return { uri: typeof uri === "string" ? uri : null, name: typeof name === "string" ? name : null };
}

/** What is run is what is seen: the one file that was chosen is saved, else those of the project. */
async function openSaved(surroundings: Surroundings, { uri }: WorkflowChoice): Promise<OpenedProject> {
  const file = uri === null ? null : vscode.Uri.parse(uri).fsPath;
  const project = await surroundings.openProject(file === null ? {} : { file });
  if (file !== null && !(await isWorkflowOf(project.root, file))) {
    throw new RefusedError(`${path.basename(file)} is not a workflow of ${project.name}, a project of this window.`, "invalid_params");
  }
  const isMeant = (each: string) => (file === null ? isWorkflowOf(project.root, each) : each === file);
  return (await saveWorkflows(isMeant)) ? surroundings.openProject({ projectId: project.id }) : project;
}

/** Whether there was anything to save. */
async function saveWorkflows(isMeant: (file: string) => boolean | Promise<boolean>): Promise<boolean> {
  let hasSaved = false;
  for (const document of vscode.workspace.textDocuments) {
    const { uri, isDirty } = document;
    if (isDirty && uri.scheme === "file" && (await isMeant(uri.fsPath))) {
      if (!(await document.save())) {
        throw new RefusedError(`${path.basename(uri.fsPath)} could not be saved.`, "invalid_params");
      }
      hasSaved = true;
    }
  }
  return hasSaved;
}

interface WorkflowItem extends vscode.QuickPickItem {
  readonly id?: string;
  readonly file?: vscode.Uri;
}

/** A file that cannot be run yet is not missed among the others: it is opened. */
async function pickWorkflow(types: readonly SessionTypeView[], { root }: OpenedProject, { lastUsed }: Surroundings): Promise<string | undefined> {
  const workflows = types.flatMap((type) => (type.definedIn === null ? [] : [{ ...type, file: path.basename(type.definedIn) }]));
  const files = await filesIn(path.join(root, ...WORKFLOW_FOLDER));
  const broken = files.filter((each) => !workflows.some(({ file }) => file === path.basename(each)));
  const sound = workflows.map(({ id, title, description }) => ({ label: title, description: id, detail: description, id }));
  const items: WorkflowItem[] = [
    ...lastUsed.inOrder("workflow", sound, ({ id }) => id),
    ...broken.map((each) => ({ label: `$(error) ${path.basename(each)}`, detail: "It cannot be run yet. Open it to see why.", file: vscode.Uri.file(each) })),
  ];
  if (items.length === 0) {
    void offerNewWorkflow();
    return undefined;
  }
  const options = { title: "Run Workflow", placeHolder: "Workflow of the project", matchOnDescription: true, matchOnDetail: true, ignoreFocusOut: true };
  const picked = await vscode.window.showQuickPick(items, options);
  if (picked?.file !== undefined) {
    await vscode.window.showTextDocument(picked.file);
  }
  if (picked?.id !== undefined) {
    lastUsed.keep("workflow", picked.id);
  }
  return picked?.id;
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).map((name) => path.join(folder, name)).filter(isWorkflowFile);
  } catch {
    return [];
  }
}

async function offerNewWorkflow(): Promise<void> {
  const make = "New Workflow";
  if ((await vscode.window.showInformationMessage("This project has no workflows yet.", make)) === make) {
    await vscode.commands.executeCommand("treadle.newWorkflow");
  }
}
