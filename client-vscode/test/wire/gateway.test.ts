import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { Gateway } from "../../src/daemon/gateway";
import { FakeDaemon, refusal } from "../unit/fake_daemon";
import { scratchFolder } from "../unit/scratch";
import { script } from "../unit/scripts";
import { PROGRAM, RealDaemon } from "./real_daemon";

const identity = { clientId: "window", clientName: "vscode", workspaceFolders: [] };

function repository(name: string): string {
  const folder = path.join(scratchFolder(), name);
  mkdirSync(path.join(folder, "inside"), { recursive: true });
  execFileSync("git", ["init", "--quiet", folder]);
  return folder;
}

async function opened(daemon: RealDaemon, folders: readonly string[]) {
  const program = { argv: [PROGRAM] as [string], env: { ...process.env, TREADLE_DATA_DIR: daemon.dataDir } };
  const found = await new Gateway(() => Promise.resolve(program), identity, () => folders, () => undefined).open(false);
  found.connection.close();
  return found;
}

test("each folder that is a git repository is a project, once, and one that is none matters only where it is alone", async () => {
  await using daemon = await new RealDaemon().start();
  const [one, two] = [repository("one"), repository("zwei ä")];
  const bare = scratchFolder();
  const { projects, projectProblem } = await opened(daemon, [one, two, path.join(one, "inside"), bare]);
  assert.deepEqual(projects.map(({ root }) => root), [one, two]);
  assert.equal(projectProblem, null);
  assert.ok((await opened(daemon, [bare])).projectProblem?.includes(bare));
});

test("what is wrong in one of several projects is told", async () => {
  await using daemon = await new RealDaemon().start();
  const [sound, broken] = [repository("sound"), repository("broken")];
  mkdirSync(path.join(broken, ".treadle"));
  writeFileSync(path.join(broken, ".treadle", "project.yaml"), "components: 7\n");
  const { projects, projectProblem } = await opened(daemon, [sound, broken]);
  assert.deepEqual(projects.map(({ root }) => root), [sound]);
  assert.match(projectProblem ?? "", /project\.yaml is not valid/);
});

test("without a folder there is a connection, and no project", async () => {
  await using daemon = await new RealDaemon().start();
  const { projects, projectProblem, address } = await opened(daemon, []);
  assert.deepEqual({ projects, projectProblem, address }, { projects: [], projectProblem: null, address: daemon.address });
});

test("a daemon that speaks another protocol is told with what helps", async () => {
  for (const [supported, help] of [[[2], /The daemon is newer: update the extension\./], [[0], /The daemon is older: choose “Treadle: Restart Daemon”/]] as const) {
    await using daemon = await new FakeDaemon().start();
    daemon.on("initialize", () => refusal("protocol_version", "This daemon speaks another version.", { supported, requested: 1 }));
    const file = script(path.join(scratchFolder(), "treadle"), `echo '${JSON.stringify({ running: true, socket: daemon.address })}'`);
    const program = { argv: [file] as [string], env: process.env };
    const gateway = new Gateway(() => Promise.resolve(program), identity, () => [], () => undefined);
    await assert.rejects(gateway.open(true), (error: { message: string; reason: string }) => error.reason === "protocol" && help.test(error.message));
  }
});
