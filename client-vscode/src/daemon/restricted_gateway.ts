import { realpathSync } from "node:fs";
import path from "node:path";
import type { ProjectView } from "../protocol";
import type { Opened } from "./client";
import { type ClientIdentity, Connection } from "./connection";
import type { OpenedProject } from "./project";

export const RESTRICTED = "Restricted Mode: sessions can be looked at. Trust the folder to run or change anything.";
/** A scope that is bound to a project that does not exist sees nothing. */
const NO_PROJECT = 0;

interface Way {
  open(mayStart: boolean): Promise<Opened>;
}

/**
 * The way to the daemon as long as the window's folders are not trusted: nothing of them is run or read, but what the
 * daemon knows of them from before can be looked at.
 */
export class RestrictedGateway implements Way {
  constructor(
    /** To the daemon, without any folder. */
    private readonly bare: Way,
    private readonly identity: ClientIdentity,
    private readonly folders: () => readonly string[],
  ) {}

  async open(mayStart: boolean): Promise<Opened> {
    const folders = this.folders();
    const opened = await this.bare.open(mayStart);
    if (folders.length === 0) {
      return opened;
    }
    const { connection, address } = opened;
    try {
      const projects = await knownProjects(connection, folders);
      const bound = await Connection.open(address, this.identity, scopeOf(projects));
      return { connection: bound, address, projects, projectProblem: projects.length === 0 ? null : RESTRICTED };
    } finally {
      connection.close();
    }
  }
}

/** The connection's: of several projects it cannot be one. */
function scopeOf(projects: readonly OpenedProject[]): number | null {
  const [only, ...others] = projects;
  return only === undefined ? NO_PROJECT : others.length === 0 ? only.id : null;
}

/** Those that the folders lie in, as somebody opened them who trusted them. */
export async function knownProjects(connection: Connection, folders: readonly string[]): Promise<OpenedProject[]> {
  const known: ProjectView[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await connection.call("project/list", cursor === undefined ? {} : { cursor });
    known.push(...page.data);
    cursor = page.nextCursor;
  }
  const found = folders.flatMap((folder) => innermost(known, realPath(folder)) ?? []);
  return Promise.all([...new Set(found)].map((project) => opened(connection, project)));
}

function innermost(known: readonly ProjectView[], folder: string): ProjectView | undefined {
  const around = known.filter(({ root }) => folder === root || folder.startsWith(root.endsWith(path.sep) ? root : root + path.sep));
  return around.sort((one, other) => other.root.length - one.root.length)[0];
}

function realPath(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder;
  }
}

async function opened(connection: Connection, { id, name, root }: ProjectView): Promise<OpenedProject> {
  const components: OpenedProject["components"][number][] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await connection.call("component/list", { projectId: id, ...(cursor === undefined ? {} : { cursor }) });
    components.push(...page.data.map((each) => ({ id: each.id, name: each.name, kind: each.kind })));
    cursor = page.nextCursor;
  }
  return { id, name, root, components };
}
