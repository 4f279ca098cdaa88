import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { loginEnvironment } from "../../../src/executors/login_environment";
import { startRunner } from "../../../src/executors/runner";
import { scratchFolder } from "../scratch";

function script(text: string): string {
  const file = path.join(scratchFolder(), "program");
  writeFileSync(file, `#!/bin/sh\n${text}\n`);
  chmodSync(file, 0o755);
  return file;
}

test("the runner gets the session and the project, and writes to the log", async () => {
  const program = script(`echo "$@"; pwd; echo "treadle: The session failed." >&2; exit 1`);
  const folder = scratchFolder();
  const logFile = path.join(folder, "logs", "session-4.log");
  const started = await startRunner({ program: { argv: [program], env: process.env }, sessionId: 4, folder, logFile });
  assert.deepEqual(await started.ended, { code: 1, signal: null, sentence: "The session failed." });
  assert.equal(readFileSync(logFile, "utf8"), `run --session 4 --project ${folder} --trust --asks wait\n${folder}\ntreadle: The session failed.\n`);
});

test("a runner in the background may take a session over from a terminal", async () => {
  const program = script(`echo "$@"`);
  const folder = scratchFolder();
  const logFile = path.join(folder, "session-4.log");
  const started = await startRunner({ program: { argv: [program], env: process.env }, sessionId: 4, folder, logFile, words: ["--mode", "agentic"] });
  await started.ended;
  assert.equal(readFileSync(logFile, "utf8"), `run --session 4 --project ${folder} --trust --asks wait --mode agentic\n`);
});

test("the runner is a process group of its own", async () => {
  const program = script("ps -o pgid= -p $$ | tr -d ' '; echo $$");
  const folder = scratchFolder();
  const logFile = path.join(folder, "session-4.log");
  const started = await startRunner({ program: { argv: [program], env: process.env }, sessionId: 4, folder, logFile });
  await started.ended;
  const [group, own] = readFileSync(logFile, "utf8").trim().split("\n");
  assert.equal(group, own);
});

test("a runner that cannot be started is an error", async () => {
  const folder = scratchFolder();
  const program = { argv: ["/nowhere/treadle"] as const, env: process.env };
  await assert.rejects(startRunner({ program, sessionId: 4, folder, logFile: path.join(folder, "log") }), { code: "ENOENT" });
});

test("the login shell adds what the editor lacks and loses what is the editor's own", async () => {
  const shell = script(`export FROM_SHELL=yes BOTH=shell PATH="/from/shell:$PATH"; exec /bin/sh "$3" "$4"`);
  const editor = { SHELL: shell, PATH: "/usr/bin:/bin", BOTH: "editor", VSCODE_PID: "1", ELECTRON_RUN_AS_NODE: "1" };
  const env = await loginEnvironment(editor);
  assert.equal(env.FROM_SHELL, "yes");
  assert.equal(env.BOTH, "editor");
  assert.equal(env.PATH, "/usr/bin:/bin:/from/shell");
  assert.ok(!("VSCODE_PID" in env) && !("ELECTRON_RUN_AS_NODE" in env));
});

test("a shell that does not answer leaves the editor's environment", async () => {
  const env = await loginEnvironment({ SHELL: "/nowhere/shell", PATH: "/bin" });
  assert.deepEqual(env, { SHELL: "/nowhere/shell", PATH: "/bin" });
});
