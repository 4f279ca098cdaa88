import { realpath } from "node:fs/promises";
import path from "node:path";

/** Where a project has its workflows, as the daemon reads them: directly in the folder. */
export const WORKFLOW_FOLDER = [".treadle", "workflows"] as const;
export const WORKFLOW_PATTERN = "**/.treadle/workflows/*.{yaml,yml}";

const WORKFLOW_FILE = /[\\/]\.treadle[\\/]workflows[\\/][^\\/]+\.ya?ml$/;
const NAME = /^[a-z][a-z0-9_-]{0,63}$/;

export function isWorkflowFile(file: string): boolean {
  return WORKFLOW_FILE.test(file);
}

/** Whether a file is, or was, a workflow of the project there, by whatever links one comes to it. */
export async function isWorkflowOf(root: string, file: string): Promise<boolean> {
  const real = (each: string): Promise<string> => realpath(each).catch(() => each);
  const [folder, own] = await Promise.all([real(path.dirname(file)), real(path.join(root, ...WORKFLOW_FOLDER))]);
  return isWorkflowFile(file) && folder === own;
}

/** Why a workflow cannot have this name, in a sentence; null: it can. */
export function problemOfWorkflowName(name: string, taken: ReadonlySet<string>): string | null {
  if (!NAME.test(name)) {
    return "A name begins with a lower-case letter; then come letters, digits, _ and -, 64 characters at most.";
  }
  return taken.has(name) ? `There is already something that is called ${name}.` : null;
}

/** Where a place is for an editor, which counts from 0 and in UTF-16; `column` counts characters from 1. */
export function characterOf(line: string, column: number): number {
  return Array.from(line)
    .slice(0, Math.max(0, column - 1))
    .join("").length;
}
