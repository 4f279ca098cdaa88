import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { openProject } from "../../src/daemon/project";
import { startRunner } from "../../src/executors/runner";
import { scratchFolder } from "../unit/scratch";
import { PROGRAM, RealDaemon } from "./real_daemon";

const LOOK = `\
name: look
steps:
  say: {run: [echo, hello]}
`;

function projectFolder(): { folder: string; workflows: string } {
  const folder = scratchFolder();
  execFileSync("git", ["init", "--quiet", folder]);
  const workflows = path.join(folder, ".treadle", "workflows");
  mkdirSync(workflows, { recursive: true });
  writeFileSync(path.join(workflows, "look.yaml"), LOOK);
  return { folder, workflows };
}

function programOf(daemon: RealDaemon) {
  return { argv: [PROGRAM] as const, env: { ...process.env, TREADLE_DATA_DIR: daemon.dataDir } };
}

test("a run that a person asked for is run, whatever else they save under .treadle meanwhile", async () => {
  await using daemon = await new RealDaemon().start();
  const program = programOf(daemon);
  const { folder, workflows } = projectFolder();
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

test("a session that was worked on by hand goes on in the background", async () => {
  await using daemon = await new RealDaemon().start();
  const program = programOf(daemon);
  const { folder } = projectFolder();
  const project = await openProject(program, folder);
  using client = await daemon.client();
  const place = { projectId: project.id, root: project.root, environment: "vscode" } as const;
  const { session } = await client.ask("session/create", { type: "look", ...place, executionMode: "manual" });
  const start = { program, sessionId: session.id, folder: project.root, logFile: path.join(folder, "run.log") };
  const { code, sentence } = await (await startRunner({ ...start, words: ["--mode", "agentic"] })).ended;
  assert.equal(code, 0, sentence ?? "");
  const { status, executionMode } = (await client.ask("session/get", { sessionId: session.id })).session;
  assert.deepEqual([status, executionMode], ["complete", "agentic"]);
});
