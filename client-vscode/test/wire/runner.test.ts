import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { openProject } from "../../src/daemon/project";
import { startRunner } from "../../src/executors/runner";
import { scratchFolder } from "../unit/scratch";
import { PROGRAM, RealDaemon } from "./real_daemon";

const LOOK = `\
name: look
steps:
  say: {run: [echo, hello]}
`;

// A runner does not keep the editor alive, so it does not keep this process alive either.
const alive = setInterval(() => undefined, 1_000);
after(() => clearInterval(alive));

test("a run that a person asked for is run, whatever else they save under .treadle meanwhile", async () => {
  await using daemon = await new RealDaemon().start();
  const program = { argv: [PROGRAM] as const, env: { ...process.env, TREADLE_DATA_DIR: daemon.dataDir } };
  const folder = scratchFolder();
  execFileSync("git", ["init", "--quiet", folder]);
  const workflows = path.join(folder, ".treadle", "workflows");
  mkdirSync(workflows, { recursive: true });
  writeFileSync(path.join(workflows, "look.yaml"), LOOK);
  const project = await openProject(program, folder);
  using client = await daemon.client();
  const place = { projectId: project.id, root: project.root, environment: "vscode" } as const;
  const { session } = await client.ask("session/create", { type: "look", ...place, executionMode: "agentic" });
  writeFileSync(path.join(workflows, "other.yaml"), LOOK.replace("look", "other"));
  const logFile = path.join(folder, "run.log");
  const { ended } = await startRunner({ program, sessionId: session.id, folder: project.root, logFile });
  const { code, sentence } = await ended;
  assert.equal(code, 0, sentence ?? "");
  assert.equal((await client.ask("session/get", { sessionId: session.id })).session.status, "complete");
});
