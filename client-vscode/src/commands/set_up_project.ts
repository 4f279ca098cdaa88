import { existsSync } from "node:fs";
import path from "node:path";
import * as vscode from "vscode";
import { repositoryAround } from "../daemon/repository";
import { PROJECT_FILE } from "../sessions/project_file";
import { foundOf } from "../sessions/project_words";
import type { Surroundings } from "./surroundings";

const NEW_TASK = "New Task…";
const NEW_COMPONENT = "New Component…";
const WRITE_ANEW = "Write It Anew";
const SET_UP = "Set Up Project";
const INITIALIZE = "Initialize Repository";

/** Writes what Treadle finds of the folder into its project file, and opens it. Resolves to the file, or nothing when left. */
export async function setUpProject(surroundings: Surroundings, argument: unknown): Promise<string | undefined> {
  surroundings.needDaemon();
  const folder = await surroundings.pickFolder(argument);
  const root = rootOf(folder);
  if (root === undefined) {
    return undefined;
  }
  const file = fileIn(root);
  if (existsSync(file)) {
    await vscode.window.showTextDocument(vscode.Uri.file(file));
    offerToWriteAnew(surroundings, root).catch((error: unknown) => surroundings.report(error));
    return file;
  }
  await writeFile(surroundings, root, ["init", "--project", root]);
  return file;
}

export function fileIn(root: string): string {
  return path.join(root, ...PROJECT_FILE);
}

/** The repository that the folder is in; without one the person is told what to do. */
export function rootOf(folder: string): string | undefined {
  const root = repositoryAround(folder);
  if (root === null) {
    void offerToInitialize(folder);
    return undefined;
  }
  return root;
}

export async function offerToSetUp(root: string): Promise<void> {
  const sentence = `${path.basename(root)} has no .treadle/project.yaml yet. Set Up Project writes one with what it finds by looking.`;
  if ((await vscode.window.showInformationMessage(sentence, SET_UP)) === SET_UP) {
    await vscode.commands.executeCommand("treadle.setUpProject", vscode.Uri.file(root));
  }
}

async function offerToInitialize(folder: string): Promise<void> {
  const sentence = `${path.basename(folder)} is in no git repository, and sessions work in one.`;
  if ((await vscode.window.showWarningMessage(sentence, INITIALIZE)) === INITIALIZE) {
    await vscode.commands.executeCommand("git.init");
  }
}

async function writeFile(surroundings: Surroundings, root: string, words: readonly string[]): Promise<void> {
  await surroundings.runTreadle(words);
  await vscode.window.showTextDocument(vscode.Uri.file(fileIn(root)));
  const project = await surroundings.openProject({ file: root });
  await surroundings.names.typesIn(project);
  const { project: view } = await surroundings.daemon.call("project/get", { projectId: project.id });
  tellWhatWasFound(`${project.name} is set up. ${foundOf(view.settings)}`).catch((error: unknown) => surroundings.report(error));
}

async function tellWhatWasFound(sentence: string): Promise<void> {
  const chosen = await vscode.window.showInformationMessage(`${sentence} Commit the file, so that it holds for everybody.`, NEW_TASK, NEW_COMPONENT);
  if (chosen !== undefined) {
    await vscode.commands.executeCommand(chosen === NEW_TASK ? "treadle.newTask" : "treadle.newComponent");
  }
}

/** The old file stays beside it, so that nothing is lost. */
async function offerToWriteAnew(surroundings: Surroundings, root: string): Promise<void> {
  const sentence = `${path.basename(root)} is set up already: .treadle/project.yaml is there. Written anew, it says what is found now, and the old one stays as project.yaml.old.`;
  if ((await vscode.window.showInformationMessage(sentence, WRITE_ANEW)) === WRITE_ANEW) {
    await writeFile(surroundings, root, ["init", "--force", "--project", root]);
  }
}
