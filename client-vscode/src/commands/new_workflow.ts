import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import * as vscode from "vscode";
import { RefusedError } from "../daemon/errors";
import { problemOfWorkflowName } from "../sessions/workflow_files";
import type { Surroundings } from "./surroundings";

/** Asks for a name and writes a workflow to begin with. Resolves to its file, or nothing when left. */
export async function newWorkflow(surroundings: Surroundings): Promise<string | undefined> {
  surroundings.needDaemon();
  const project = await surroundings.openProject();
  const taken = new Set((await surroundings.names.typesIn(project)).map(({ id }) => id));
  const name = await vscode.window.showInputBox({
    title: "New Workflow",
    prompt: "Its name, by which it is run.",
    placeHolder: "fix_failing_test",
    ignoreFocusOut: true,
    validateInput: (typed) => problemOfWorkflowName(typed, taken),
  });
  if (name === undefined) {
    return undefined;
  }
  const starter = await surroundings.daemon.call("workflow/new", { name, projectId: project.id });
  const file = path.resolve(project.root, starter.path);
  await write(file, starter.text);
  await vscode.window.showTextDocument(vscode.Uri.file(file));
  // Its siblings may name it from now on.
  await surroundings.openProject({ projectId: project.id });
  return file;
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await writeFile(file, text, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      throw new RefusedError(`${path.basename(file)} is there already, and stays as it is.`, "invalid_params");
    }
    throw error;
  }
}
