import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, test } from "vitest";
import type { Opened } from "../../src/daemon/client";
import { Connection } from "../../src/daemon/connection";
import { RESTRICTED, RestrictedGateway } from "../../src/daemon/restricted_gateway";
import { scratchFolder } from "../unit/scratch";
import { RealDaemon } from "./real_daemon";

const IDENTITY = { clientId: "window-1", clientName: "vscode", workspaceFolders: [] };

/** As a window opens it whose folders are not trusted; the way without folders is the daemon's socket. */
function open(daemon: RealDaemon, ...folders: readonly string[]): Promise<Opened> {
  const bare = async (): Promise<Opened> => {
    const connection = await Connection.open(daemon.address, IDENTITY, null);
    return { connection, address: daemon.address, projects: [], projectProblem: null };
  };
  return new RestrictedGateway({ open: bare }, IDENTITY, () => folders).open(false);
}

async function sessionsSeen({ connection }: Opened): Promise<number[]> {
  const { data } = await connection.call("session/list", {});
  connection.close();
  return data.map(({ id }) => id).toSorted();
}

describe("a folder that is not trusted", () => {
  test("shows what the daemon knows of its project, from any place in it, and nothing of others", async () => {
    await using daemon = await new RealDaemon().start();
    using client = await daemon.client();
    const { project, components } = await client.newProject();
    const [component] = components;
    assert.ok(component);
    await client.newSession();
    const { session } = await client.ask("session/create", { type: "component_test", componentId: component.id, projectId: project.id });
    const inside = path.join(project.root, "deep", "er");
    mkdirSync(inside, { recursive: true });
    const link = path.join(scratchFolder(), "link");
    symlinkSync(project.root, link);
    for (const folder of [project.root, inside, link]) {
      const opened = await open(daemon, folder);
      assert.deepEqual([opened.projects[0]?.id, opened.projects[0]?.root, opened.projectProblem], [project.id, project.root, RESTRICTED]);
      assert.deepEqual(opened.projects[0]?.components.map(({ name }) => name), ["Calculator"]);
      assert.deepEqual(await sessionsSeen(opened), [session.id]);
    }
  });

  test("of which the daemon knows nothing shows nothing, and none comes to be known by it", async () => {
    await using daemon = await new RealDaemon().start();
    using client = await daemon.client();
    await client.newSession();
    const before = (await client.ask("project/list", {})).data.length;
    const opened = await open(daemon, scratchFolder());
    assert.deepEqual([opened.projects, opened.projectProblem], [[], null]);
    assert.deepEqual(await sessionsSeen(opened), []);
    assert.equal((await client.ask("project/list", {})).data.length, before);
  });

  test("whose name another's begins with is not taken for it", async () => {
    await using daemon = await new RealDaemon().start();
    using client = await daemon.client();
    const { project } = await client.newProject();
    mkdirSync(`${project.root}-copy`);
    const opened = await open(daemon, `${project.root}-copy`);
    assert.deepEqual(opened.projects, []);
    opened.connection.close();
  });
});

test("what goes over the wire is told by its name, never by what is in it", async () => {
  await using daemon = await new RealDaemon().start();
  using client = await daemon.client();
  const sessionId = await client.newSession();
  const connection = await Connection.open(daemon.address, IDENTITY, null);
  const lines: string[] = [];
  connection.traffic.listen((line) => lines.push(line));
  await connection.call("session/subscribe", {});
  await connection.call("session/update", { sessionId, title: "a secret title" });
  await connection.call("session/get", { sessionId: 999 }).catch(() => undefined);
  connection.close();
  const said = lines.join("\n");
  assert.match(said, new RegExp(`^→ session/update of session ${sessionId}: answered after \\d+ ms$`, "m"));
  assert.match(said, /^→ session\/get of session 999: refused \(session_not_found\) after/m);
  assert.match(said, new RegExp(`^← session/didUpdate of session ${sessionId}$`, "m"));
  assert.doesNotMatch(said, /secret/);
});
