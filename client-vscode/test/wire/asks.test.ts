import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, test } from "vitest";
import { DaemonClient } from "../../src/daemon/client";
import { Connection } from "../../src/daemon/connection";
import type { OpenedProject } from "../../src/daemon/project";
import { AskList, type ClosedAsk } from "../../src/sessions/ask_list";
import { endOf, exactOf, shortAsk } from "../../src/sessions/ask_words";
import { until } from "../unit/fake_daemon";
import { type Client, RealDaemon } from "./real_daemon";

const daemon = new RealDaemon();
beforeAll(() => daemon.start());
afterAll(() => daemon.end());

const OPTIONS = ["allow", "allow_session", "deny"].map((name) => ({ name, title: name }));

/** As a runner does for its agent. */
async function askIn(client: Client, sessionId: number, command: string): Promise<number> {
  const details = { tool: "Bash", command, input: { command } };
  const asking = { uid: randomUUID(), kind: "permission", question: `Claude Code wants to run: ${command}`, askedBy: "Claude Code" } as const;
  return (await client.ask("ask/create", { sessionId, details, options: OPTIONS, ...asking })).ask.id;
}

async function windowWithAsks(...projects: readonly OpenedProject[]) {
  const identity = { clientId: randomUUID(), clientName: "vscode", workspaceFolders: [] };
  const client = new DaemonClient(async () => {
    const connection = await Connection.open(daemon.address, identity, null);
    return { connection, address: daemon.address, projects, projectProblem: null };
  });
  const list = new AskList(client);
  const closed: ClosedAsk[] = [];
  list.closed.listen((one) => closed.push(one));
  client.start();
  await client.ready();
  await list.reload();
  return { list, closed, [Symbol.dispose]: () => [list, client].forEach((each) => each.dispose()) };
}

test("what a runner asks comes into every window; the first answer counts, and the others are told whose it was", async () => {
  using runner = await daemon.client("runner");
  using one = await windowWithAsks();
  using other = await windowWithAsks();
  const sessionId = await runner.newSession();
  const askId = await askIn(runner, sessionId, "git push");
  await until(() => one.list.of(sessionId).length === 1 && other.list.of(sessionId).length === 1, "the ask");
  const [ask] = one.list.of(sessionId);
  assert.ok(ask);
  assert.deepEqual([shortAsk(ask), exactOf(ask)?.text], ["Bash: git push", "git push"]);
  assert.equal((await runner.ask("session/get", { sessionId })).session.openAskCount, 1);
  assert.equal(await one.list.answer(askId, "deny", "Not before the review."), null);
  assert.match((await other.list.answer(askId, "allow", null)) ?? "", /answered already.*deny.*vscode/);
  await until(() => one.closed.length === 1 && other.closed.length === 1, "the end of the ask");
  assert.deepEqual([...one.closed, ...other.closed].map(({ isHere }) => isHere), [true, false]);
  assert.deepEqual(other.closed.map((told) => endOf(told.ask)), [`Ask ${askId} was answered by vscode: deny.`]);
  assert.deepEqual([one.list.of(sessionId), other.list.of(sessionId)], [[], []]);
});

test("an ask that its runner withdraws, or whose session is over, waits no more", async () => {
  using runner = await daemon.client("runner");
  using window = await windowWithAsks();
  const sessionId = await runner.newSession();
  const askId = await askIn(runner, sessionId, "git push");
  await askIn(runner, sessionId, "git pull");
  await until(() => window.list.of(sessionId).length === 2, "the asks");
  await runner.ask("ask/withdraw", { askId, reason: "The agent does it another way." });
  await until(() => window.list.of(sessionId).length === 1, "one is withdrawn");
  await runner.ask("session/cancel", { sessionId });
  await until(() => window.list.of(sessionId).length === 0, "the other one too");
  await until(() => window.closed.length === 2, "both ends");
  assert.deepEqual(window.closed.map(({ ask }) => ask.status), ["withdrawn", "withdrawn"]);
});

test("a window of several folders hears of their sessions only", async () => {
  using runner = await daemon.client("runner");
  const sessionIds = [await runner.newSession(), await runner.newSession(), await runner.newSession()];
  const heads = await Promise.all(sessionIds.map(async (sessionId) => (await runner.ask("session/get", { sessionId })).session));
  const projects = heads.map(({ projectId }) => ({ id: projectId ?? 0, name: "calculator", root: "/calculator", components: [] }));
  const [first = 0, second = 0, foreign = 0] = sessionIds;
  await askIn(runner, first, "git push");
  await askIn(runner, foreign, "git fetch");
  using window = await windowWithAsks(...projects.slice(0, 2));
  assert.deepEqual(window.list.asks.map(({ sessionId }) => sessionId), [first]);
  await askIn(runner, foreign, "git pull");
  await askIn(runner, second, "git merge");
  await until(() => window.list.asks.length === 2, "the ask of the other folder");
  assert.deepEqual(window.list.asks.map(({ sessionId }) => sessionId), [first, second]);
});
