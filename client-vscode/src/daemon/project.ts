import { DaemonUnavailableError, RefusedError } from "./errors";
import { askProgram, type Program } from "./program";

export interface OpenedProject {
  readonly id: number;
  readonly name: string;
  readonly root: string;
  readonly components: readonly ProjectComponent[];
}

export interface ProjectComponent {
  readonly id: number;
  readonly name: string;
  readonly kind: string;
}

/** The project of a folder that the person trusts. Looking at the folder is the client's work: `treadle` does it. */
export async function openProject(program: Program, folder: string): Promise<OpenedProject> {
  const answer = await askProgram(program, ["project", "--json", "--project", folder, "--trust"]);
  if (!isProjectAnswer(answer)) {
    throw new RefusedError("treadle project answered something that this extension does not know.", "internal_error");
  }
  const { id, name, root } = answer.project;
  return { id, name, root, components: answer.components };
}

/** The socket of the daemon, which is started when none runs and that is wanted. */
export async function daemonAddress(program: Program, mayStart: boolean): Promise<string> {
  const answer = await askProgram(program, ["status", "--json", ...(mayStart ? ["--start"] : [])]);
  if (!isRecord(answer) || typeof answer.socket !== "string") {
    throw new RefusedError("treadle status named no socket.", "internal_error");
  }
  if (answer.running === false) {
    throw notRunning();
  }
  return answer.socket;
}

export function notRunning(): DaemonUnavailableError {
  return new DaemonUnavailableError("The Treadle daemon does not run. It is started when it is needed.", "stopped");
}

interface ProjectAnswer {
  project: { id: number; name: string; root: string };
  components: ProjectComponent[];
}

function isProjectAnswer(answer: unknown): answer is ProjectAnswer {
  return (
    isRecord(answer) &&
    isRecord(answer.project) &&
    typeof answer.project.id === "number" &&
    typeof answer.project.root === "string" &&
    Array.isArray(answer.components)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
