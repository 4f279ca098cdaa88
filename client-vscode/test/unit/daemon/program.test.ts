import assert from "node:assert/strict";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { DaemonUnavailableError, RefusedError } from "../../../src/daemon/errors";
import { askProgram, chosenArgv, lastLine, type Program, withDataDir } from "../../../src/daemon/program";
import { scratchFolder } from "../scratch";

const env = { PATH: process.env.PATH };

function folderWith(file: string, script: string): string {
  const folder = scratchFolder();
  const place = path.join(folder, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, `#!/bin/sh\n${script}\n`);
  chmodSync(place, 0o755);
  return folder;
}

function programSaying(script: string): Program {
  return { argv: [path.join(folderWith("treadle", script), "treadle")], env };
}

test("the setting is a program, or a program with arguments", () => {
  const trustedFolders = [folderWith(".venv/bin/treadle", "exit 0")];
  assert.deepEqual(chosenArgv({ command: "treadle", trustedFolders }), ["treadle"]);
  assert.deepEqual(chosenArgv({ command: ["python3", "-m", "treadle"], trustedFolders }), ["python3", "-m", "treadle"]);
});

test("without the setting, a trusted folder's own treadle is taken", () => {
  const folder = folderWith(".venv/bin/treadle", "exit 0");
  for (const command of ["", [], 7, undefined]) {
    assert.deepEqual(chosenArgv({ command, trustedFolders: ["/nowhere", folder] }), [path.join(folder, ".venv/bin/treadle")]);
    assert.equal(chosenArgv({ command, trustedFolders: [] }), null);
  }
});

test("the data folder goes to every call by the environment", () => {
  const program: Program = { argv: ["treadle"], env };
  assert.deepEqual(withDataDir(program, "/data").env, { ...env, TREADLE_DATA_DIR: "/data" });
  assert.deepEqual(withDataDir(program, ""), program);
});

test("what the program prints is read as JSON", async () => {
  assert.deepEqual(await askProgram(programSaying(`echo '{"socket": "/s"}'`), ["status"]), { socket: "/s" });
});

test("a program that is not there is said to be not installed", async () => {
  await assert.rejects(askProgram({ argv: ["/nowhere/treadle"], env }, ["status"]), (error: unknown) => {
    assert.ok(error instanceof DaemonUnavailableError);
    assert.equal(error.reason, "notInstalled");
    assert.match(error.message, /was not found: "\/nowhere\/treadle"/);
    return true;
  });
});

test("a project that refuses is a refusal with the program's own sentence", async () => {
  const program = programSaying(`echo "treadle: This folder is no git repository." >&2; exit 3`);
  await assert.rejects(askProgram(program, ["project"]), new RefusedError("This folder is no git repository.", "refused"));
});

test("a daemon that cannot be started is unavailable, with the program's own sentence", async () => {
  const program = programSaying(`echo "treadle: The data folder is not writable." >&2; exit 6`);
  await assert.rejects(askProgram(program, ["status"]), { message: "The data folder is not writable.", reason: "failed" });
});

test("a daemon that keeps the pipes open does not keep the answer", async () => {
  const program = programSaying(`sleep 30 & echo '{"pid": '$!'}'`);
  const answer = (await askProgram(program, ["status"])) as { pid: number };
  process.kill(answer.pid, "SIGKILL");
});

test("the last line that says something", () => {
  assert.equal(lastLine("one\ntreadle: two\n\n"), "two");
  assert.equal(lastLine("\n"), null);
});
