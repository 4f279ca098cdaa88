import type { Opened } from "./client";
import { type ClientIdentity, Connection } from "./connection";
import { RefusedError } from "./errors";
import { daemonAddress, openProject, type OpenedProject } from "./project";
import type { Program } from "./program";

/** Finds or starts the daemon, opens the folder's project and connects with that scope. */
export async function openDaemon(program: Program, identity: ClientIdentity, folder: string | null): Promise<Opened> {
  const address = await daemonAddress(program);
  const { project, projectProblem } = await projectOf(program, folder);
  const connection = await Connection.open(address, identity, project?.id ?? null);
  return { connection, project, projectProblem };
}

interface MaybeProject {
  project: OpenedProject | null;
  projectProblem: string | null;
}

/** A folder that is no project, say no git repository, still has sessions to look at. */
async function projectOf(program: Program, folder: string | null): Promise<MaybeProject> {
  if (folder === null) {
    return { project: null, projectProblem: null };
  }
  try {
    return { project: await openProject(program, folder), projectProblem: null };
  } catch (error) {
    if (error instanceof RefusedError) {
      return { project: null, projectProblem: error.message };
    }
    throw error;
  }
}
