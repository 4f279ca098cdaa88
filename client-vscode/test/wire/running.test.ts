import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "vitest";
import { openProject } from "../../src/daemon/project";
import { endTreadleRun } from "../../src/executors/processes";
import { type RunnerEnd, startRunner } from "../../src/executors/runner";
import type { SessionHead } from "../../src/protocol";
import { runProcessOf } from "../../src/sessions/run_holder";
import { scratchFolder } from "../unit/scratch";
import { type Client, PROGRAM, RealDaemon } from "./real_daemon";

/** Each step leaves a line; the first one takes as long as the test lets it. */
const WORK = `\
name: work
steps:
  wait: {run: [sh, -c, "echo wait >> taken; while [ ! -e go ]; do sleep 0.1; done"]}
  print: {run: [sh, -c, "echo print >> taken; head -c 3000000 /dev/zero | tr '\\\\0' x"]}
  last: {run: [sh, -c, "echo last >> taken"]}
`;
const CLAIMED = 7;
const INTERRUPTED = 130;

interface Scene {
  readonly client: Client;
  readonly folder: string;
  readonly session: SessionHead;
  start(...words: string[]): Promise<RunnerEnd>;
  head(): Promise<SessionHead>;
  /** When somebody holds the step that takes long. */
  held(): Promise<SessionHead>;
}

async function makeScene(daemon: RealDaemon, client: Client): Promise<Scene> {
  const folder = path.join(scratchFolder(), "a b ü");
  const workflows = path.join(folder, ".treadle", "workflows");
  mkdirSync(workflows, { recursive: true });
  execFileSync("git", ["init", "--quiet", folder]);
  writeFileSync(path.join(workflows, "work.yaml"), WORK);
  const program = { argv: [PROGRAM] as const, env: { ...process.env, TREADLE_DATA_DIR: daemon.dataDir } };
  const project = await openProject(program, folder);
  const place = { projectId: project.id, root: project.root, environment: "vscode" } as const;
  const { session } = await client.ask("session/create", { type: "work", ...place, executionMode: "agentic" });
  const head = async (): Promise<SessionHead> => (await client.ask("session/get", { sessionId: session.id })).session;
  let runs = 0;
  return {
    client,
    folder,
    session,
    head,
    async start(...words) {
      const logFile = path.join(folder, ".git", `run-${(runs += 1)}.log`);
      return (await startRunner({ program, sessionId: session.id, folder: project.root, logFile, words })).ended;
    },
    async held() {
      await client.ask("session/subscribe", {});
      for (;;) {
        const changed = new Promise<void>((resolve) => {
          client.connection.onNotification("session/didUpdate", () => resolve());
        });
        const now = await head();
        if (now.pendingInteraction?.claim != null && now.pendingInteraction.step === "wait") {
          return now;
        }
        await changed;
      }
    },
  };
}

function taken({ folder }: Scene): string[] {
  const file = path.join(folder, "taken");
  return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
}

function go({ folder }: Scene): void {
  writeFileSync(path.join(folder, "go"), "");
}

test("two windows that run one session run no step twice", { timeout: 180_000 }, async () => {
  await using daemon = await new RealDaemon().start();
  using client = await daemon.client();
  const scene = await makeScene(daemon, client);
  const both = [scene.start(), scene.start()];
  await scene.held();
  const first = await Promise.race(both);
  assert.equal(first.code, CLAIMED, first.sentence ?? "");
  assert.match(first.sentence ?? "", /is being run by treadle run, process \d+/);
  go(scene);
  const codes = (await Promise.all(both)).map(({ code }) => code);
  assert.deepEqual(codes.toSorted(), [0, CLAIMED]);
  assert.deepEqual(taken(scene), ["wait", "print", "last"]);
  assert.equal((await scene.head()).status, "complete");
});

test("any window stops a run that it did not start: the step waits and runs once more", { timeout: 180_000 }, async () => {
  await using daemon = await new RealDaemon().start();
  using client = await daemon.client();
  const scene = await makeScene(daemon, client);
  const ended = scene.start();
  const held = await scene.held();
  const pid = runProcessOf(held.pendingInteraction?.claim ?? null, os.hostname());
  assert.ok(pid !== null);
  assert.ok(await endTreadleRun(pid));
  assert.equal((await ended).code, INTERRUPTED);
  const { status, pendingInteraction } = await scene.head();
  assert.deepEqual([status, pendingInteraction?.step, pendingInteraction?.claim], ["active", "wait", null]);
  go(scene);
  assert.equal((await scene.start()).code, 0);
  assert.deepEqual(taken(scene).slice(-3), ["wait", "print", "last"]);
});

test("one step at a time, each by its name: the session waits at the one after it, however much the step printed", { timeout: 180_000 }, async () => {
  await using daemon = await new RealDaemon().start();
  using client = await daemon.client();
  const scene = await makeScene(daemon, client);
  go(scene);
  for (const expected of [[], ["wait"], ["wait", "print"]]) {
    const { id } = (await client.ask("session/nextCommand", { sessionId: scene.session.id })).interaction;
    assert.equal((await scene.start("--only-step", id)).code, 0);
    assert.deepEqual(taken(scene), expected);
    assert.equal((await scene.start("--only-step", id)).code, 0, "Somebody else has taken it.");
    assert.deepEqual(taken(scene), expected);
  }
  const { status, pendingInteraction } = await scene.head();
  assert.deepEqual([status, pendingInteraction?.step], ["active", "last"]);
});

test("the daemon is killed while a step runs: the run starts another one and goes on", { timeout: 180_000 }, async () => {
  await using daemon = await new RealDaemon().start();
  const before = await daemon.client();
  const scene = await makeScene(daemon, before);
  const ended = scene.start();
  await scene.held();
  await daemon.end("SIGKILL");
  before[Symbol.dispose]();
  go(scene);
  const { code, sentence } = await ended;
  execFileSync(PROGRAM, ["stop", "--data-dir", daemon.dataDir], { stdio: "ignore" });
  assert.equal(code, 0, sentence ?? "");
  assert.deepEqual(taken(scene), ["wait", "print", "last"]);
});

test("another window deletes no session that runs; one that was deleted meanwhile does not run", { timeout: 180_000 }, async () => {
  await using daemon = await new RealDaemon().start();
  using client = await daemon.client();
  const scene = await makeScene(daemon, client);
  const ended = scene.start();
  await scene.held();
  await assert.rejects(client.ask("session/delete", { sessionId: scene.session.id }), /is executing the step wait/);
  go(scene);
  assert.equal((await ended).code, 0);
  await client.ask("session/delete", { sessionId: scene.session.id });
  const { code, sentence } = await scene.start();
  assert.equal(code, 2);
  assert.match(sentence ?? "", /session/i);
});
