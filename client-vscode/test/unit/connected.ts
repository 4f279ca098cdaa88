import { DaemonClient } from "../../src/daemon/client";
import { Connection } from "../../src/daemon/connection";
import type { OpenedProject } from "../../src/daemon/project";
import type { FakeDaemon } from "./fake_daemon";

const PROJECT: OpenedProject = { id: 7, name: "calculator", root: "/calculator", components: [] };

/** A client that is not started yet, so that models can listen first. */
export function clientFor(daemon: FakeDaemon): DaemonClient & Disposable {
  const identity = { clientId: "window-1", clientName: "vscode", workspaceFolders: [] };
  const client = new DaemonClient(async () => {
    const connection = await Connection.open(daemon.address, identity, PROJECT.id);
    return { connection, address: daemon.address, projects: [PROJECT], projectProblem: null };
  });
  return Object.assign(client, { [Symbol.dispose]: () => client.dispose() });
}
