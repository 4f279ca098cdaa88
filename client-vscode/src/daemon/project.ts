import path from "node:path";
import { RefusedError } from "./errors";
import { withPlace } from "./file_place";
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
  const answer = await askProgram(program, ["project", "--json", "--project", folder, "--trust"]).catch((error: unknown) => {
    throw withPlace(error, folder);
  });
  if (!isProjectAnswer(answer)) {
    throw new RefusedError("treadle project answered something that this extension does not know.", "internal_error");
  }
  const { id, name, root } = answer.project;
  return { id, name, root, components: answer.components };
}

/** What a connection's scope is bound to: with several projects, to none. */
export function onlyProject(projects: readonly OpenedProject[]): OpenedProject | null {
  const [first, ...others] = projects;
  return first === undefined || others.length > 0 ? null : first;
}

/** The innermost project in which a file lies. */
export function projectOfFile(projects: readonly OpenedProject[], file: string): OpenedProject | null {
  const around = projects.filter(({ root }) => !/^\.\.(\/|$)/.test(path.relative(root, file)));
  return around.toSorted((one, other) => other.root.length - one.root.length)[0] ?? null;
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
