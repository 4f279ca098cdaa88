import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionHead } from "../../../src/protocol";
import { isAsking, isTakenUp, topOf } from "../../../src/sessions/answering";
import { clientFor } from "../connected";
import { makeClaim, makeHead, makeInteraction, MOMENT } from "../factories";
import { FakeDaemon, refusal, until } from "../fake_daemon";

const LONG_MS = 60_000;

function asking(id: string) {
  const metadata = { question: "Good?", answers: [{ name: "yes", status: "ok" }] };
  return makeInteraction({ id, command: { id: `of-${id}`, module: "approve", command: "ask", metadata, timestamp: MOMENT } });
}

/** Sessions that a test changes as others would. */
async function daemonWith(...heads: SessionHead[]) {
  const daemon = await new FakeDaemon().start();
  const sessions = new Map(heads.map((head) => [head.id, head]));
  daemon.on("session/get", ({ sessionId }: { sessionId: number }) => ({ session: sessions.get(sessionId) }));
  daemon.on("session/list", ({ parentSessionId }: { parentSessionId: number }) => ({
    data: [...sessions.values()].filter((head) => head.parentSessionId === parentSessionId),
    nextCursor: null,
  }));
  const client = clientFor(daemon);
  client.start();
  await client.ready();
  const change = (head: SessionHead): void => {
    sessions.set(head.id, head);
    daemon.notify("session/didUpdate", { sessionId: head.id, projectId: 7 });
  };
  return { daemon, client, change, [Symbol.asyncDispose]: () => (client.dispose(), daemon.stop()) };
}

test("a session asks when it does itself, or one which it lets run, however deep", async () => {
  const child = makeHead({ id: 2, parentSessionId: 1 });
  const deep = makeHead({ id: 3, parentSessionId: 2, openAskCount: 1 });
  await using world = await daemonWith(makeHead({ id: 1 }), child, deep);
  assert.equal(await isAsking(world.client, 1), true);
  world.change({ ...deep, openAskCount: 0 });
  assert.equal(await isAsking(world.client, 1), false);
  world.change(makeHead({ id: 1, openAskCount: 2 }));
  assert.equal(await isAsking(world.client, 1), true);
});

test("a session is run on with the one above that lets it run, while that is active", async () => {
  const child = makeHead({ id: 2, parentSessionId: 1 });
  await using world = await daemonWith(makeHead({ id: 1 }), child, makeHead({ id: 3, parentSessionId: 2 }));
  assert.equal((await topOf(world.client, 3)).id, 1);
  world.change(makeHead({ id: 1, status: "cancelled" }));
  assert.equal((await topOf(world.client, 3)).id, 2);
});

const taken: [string, Partial<SessionHead>][] = [
  ["holds the next step", { pendingInteraction: makeInteraction({ id: "next", claim: makeClaim(LONG_MS, Date.now()) }) }],
  ["asks the next question, which nobody holds", { pendingInteraction: asking("next") }],
  ["has ended it", { status: "complete" }],
  ["has paused it", { pausedAt: MOMENT }],
];

for (const [who, values] of taken) {
  test(`a terminal that ${who} has taken a session up, though it did so before anybody looked`, async () => {
    await using world = await daemonWith(makeHead(values));
    assert.equal(await isTakenUp(world.client, makeHead(), LONG_MS), true);
  });
}

test("a terminal that takes a session up a moment later is seen by its notice", async () => {
  await using world = await daemonWith(makeHead());
  const seen = isTakenUp(world.client, makeHead(), LONG_MS);
  await until(() => world.daemon.count("session/get") === 1, "the first look");
  world.change(makeHead({ pendingInteraction: makeInteraction({ id: "next", claim: makeClaim(LONG_MS, Date.now()) }) }));
  assert.equal(await seen, true);
});

test("a session that nobody takes up is not taken, nor is one with a step that waits since before", async () => {
  const head = makeHead({ pendingInteraction: makeInteraction({ id: "spawn" }) });
  await using world = await daemonWith(head);
  assert.equal(await isTakenUp(world.client, head, 50), false);
});

test("a session that cannot be read is told as what it is", async () => {
  await using world = await daemonWith();
  world.daemon.on("session/get", () => refusal("session_not_found", "There is no session 1."));
  await assert.rejects(isTakenUp(world.client, makeHead(), LONG_MS), { code: "session_not_found" });
});
