import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { endTreadleRun, isShellBusy, isTreadleRun } from "../../../src/executors/processes";
import { scratchFolder } from "../scratch";

/** A program that says when it is there, and goes on until it is ended. */
async function program(name: string, ...words: string[]): Promise<ChildProcess> {
  const file = path.join(scratchFolder(), name);
  writeFileSync(file, "#!/bin/sh\necho ready\nread line\n");
  chmodSync(file, 0o755);
  const child = spawn(file, words, { stdio: ["pipe", "pipe", "ignore"] });
  await once(child.stdout, "data");
  return child;
}

async function ended(child: ChildProcess): Promise<NodeJS.Signals | null> {
  const [, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal;
}

test("a run is asked to end in order", async () => {
  const run = await program("treadle", "run", "--session", "4");
  assert.ok(await isTreadleRun(run.pid ?? 0));
  const end = ended(run);
  assert.ok(await endTreadleRun(run.pid ?? 0));
  assert.equal(await end, "SIGTERM");
});

test("a process that has got the number of a run is left alone", async () => {
  const others = [await program("treadle", "serve"), await program("run", "treadle"), await program("treadled", "run")];
  for (const other of others) {
    assert.equal(await endTreadleRun(other.pid ?? 0), false);
    assert.equal(other.exitCode ?? other.signalCode, null);
    const end = ended(other);
    other.kill();
    await end;
  }
});

test("a process that is gone is none", async () => {
  const run = await program("treadle", "run");
  const end = ended(run);
  run.kill();
  await end;
  assert.equal(await endTreadleRun(run.pid ?? 0), false);
  assert.equal(await isShellBusy(run.pid ?? 0), false);
});

test("a terminal in which the run itself runs is busy", async () => {
  const run = await program("treadle", "run", "--session", "4");
  assert.ok(await isShellBusy(run.pid ?? 0));
  const end = ended(run);
  run.kill();
  await end;
});
