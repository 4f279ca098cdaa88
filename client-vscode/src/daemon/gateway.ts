import net from "node:net";
import type { Opened } from "./client";
import { type ClientIdentity, Connection } from "./connection";
import { RefusedError } from "./errors";
import { daemonAddress, notRunning, openProject, type OpenedProject } from "./project";
import type { Program } from "./program";

/** The way to the daemon of one window. */
export class Gateway {
  private lastAddress: string | null = null;

  constructor(
    private readonly program: () => Program,
    private readonly identity: ClientIdentity,
    private readonly folder: () => string | null,
  ) {}

  /** Finds the daemon, or starts it if that is wanted, opens the folder's project and connects with that scope. */
  async open(mayStart: boolean): Promise<Opened> {
    const program = this.program();
    if (!mayStart && this.lastAddress !== null) {
      await this.knock(this.lastAddress);
    }
    this.lastAddress = await daemonAddress(program, mayStart);
    const { project, projectProblem } = await projectOf(program, this.folder());
    const connection = await Connection.open(this.lastAddress, this.identity, project?.id ?? null);
    return { connection, address: this.lastAddress, project, projectProblem };
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
