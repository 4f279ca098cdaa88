import net from "node:net";
import { daemonAddress, notRunning } from "./address";
import type { Opened } from "./client";
import { type ClientIdentity, Connection } from "./connection";
import { DaemonUnavailableError, RefusedError } from "./errors";
import { openProject, type OpenedProject, onlyProject } from "./project";
import type { Program } from "./program";
import { repositoryAround } from "./repository";

/** The way to the daemon of one window. */
export class Gateway {
  private lastAddress: string | null = null;

  constructor(
    private readonly program: () => Promise<Program>,
    private readonly identity: ClientIdentity,
    private readonly folders: () => readonly string[],
    private readonly tell: (sentence: string) => void,
  ) {}

  /** Finds the daemon, or starts it if that is wanted, opens the folders' projects and connects with their scope. */
  async open(mayStart: boolean): Promise<Opened> {
    const program = await this.program();
    if (!mayStart && this.lastAddress !== null) {
      await this.knock(this.lastAddress);
    }
    this.lastAddress = await daemonAddress(program, mayStart, this.tell);
    const found = await projectsOf(program, this.folders());
    const connection = await connectionTo(this.lastAddress, this.identity, onlyProject(found.projects)?.id ?? null);
    return { connection, address: this.lastAddress, ...found };
  }

  /** Costs nothing, unlike a program that is started every few seconds to look. */
  private knock(address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(address, () => {
        socket.destroy();
        resolve();
      });
      socket.once("error", () => reject(notRunning()));
    });
  }
}

async function connectionTo(address: string, identity: ClientIdentity, project: number | null): Promise<Connection> {
  try {
    return await Connection.open(address, identity, project);
  } catch (error) {
    if (error instanceof RefusedError && error.code === "protocol_version") {
      throw otherProtocol(error);
    }
    throw error;
  }
}

/** What helps is to be known of which of the two is the older one. */
function otherProtocol({ details: { supported, requested } }: RefusedError): DaemonUnavailableError {
  const theirs = Array.isArray(supported) ? Math.max(...supported.map(Number)) : NaN;
  const help =
    theirs > Number(requested)
      ? "The daemon is newer: update the extension."
      : "The daemon is older: choose “Treadle: Restart Daemon”, which lets sessions wait at their step for a moment.";
  return new DaemonUnavailableError(`The Treadle daemon and this extension speak different versions of their protocol. ${help}`, "protocol");
}

/** Two folders may lie in one project; one that is in no repository, beside those that are, is not meant for sessions. */
async function projectsOf(program: Program, folders: readonly string[]): Promise<Pick<Opened, "projects" | "projectProblem">> {
  const found = await Promise.all(folders.map(async (folder) => ({ folder, project: await projectOf(program, folder) })));
  const projects = new Map(found.flatMap(({ project }) => (typeof project === "string" ? [] : [[project.id, project]])));
  const problems = found.flatMap(({ folder, project }) =>
    typeof project === "string" && (projects.size === 0 || repositoryAround(folder) !== null) ? [project] : [],
  );
  return { projects: [...projects.values()], projectProblem: problems.length === 0 ? null : problems.join(" ") };
}

/** A folder that is no project, say no git repository, still has sessions to look at: why it is none. */
async function projectOf(program: Program, folder: string): Promise<OpenedProject | string> {
  try {
    return await openProject(program, folder);
  } catch (error) {
    if (error instanceof RefusedError) {
      return error.message;
    }
    throw error;
  }
}
