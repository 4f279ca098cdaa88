import assert from "node:assert/strict";
import { test } from "vitest";
import type { AskListParams, AskView } from "../../../src/protocol";
import { AskList, type ClosedAsk } from "../../../src/sessions/ask_list";
import { clientFor } from "../connected";
import { makeAsk } from "../factories";
import { FakeDaemon, refusal, until } from "../fake_daemon";

/** A daemon that has asks, in pages of two, and a list of them that has been read. */
async function listOf(...known: AskView[]) {
  const daemon = await new FakeDaemon().start();
  const asks = new Map(known.map((ask) => [ask.id, ask]));
  daemon.on("ask/list", ({ sessionId, cursor }: AskListParams) => {
    const open = [...asks.values()].filter((ask) => ask.status === "open" && (sessionId == null || ask.sessionId === sessionId));
    const from = Number(cursor ?? 0);
    return { data: open.slice(from, from + 2), nextCursor: from + 2 < open.length ? String(from + 2) : null };
  });
  daemon.on("ask/get", ({ askId }: { askId: number }) => {
    const ask = asks.get(askId);
    return ask === undefined ? refusal("ask_not_found", `There is no ask ${askId}.`) : { ask };
  });
  const client = clientFor(daemon);
  const list = new AskList(client);
  const closed: ClosedAsk[] = [];
  list.closed.listen((one) => closed.push(one));
  client.start();
  await client.ready();
  await list.reload();
  const change = (ask: AskView): void => {
    asks.set(ask.id, ask);
    daemon.notify("ask/didChange", { sessionId: ask.sessionId, openAskCount: 1 });
  };
  const dispose = (): Promise<void> => (list.dispose(), client.dispose(), daemon.stop());
  return { daemon, asks, list, closed, change, [Symbol.asyncDispose]: dispose };
}

const ids = (list: AskList): number[] => list.asks.map(({ id }) => id);

test("all that is open is known, oldest first, and by session", async () => {
  await using world = await listOf(makeAsk({ id: 5, sessionId: 2 }), makeAsk({ id: 3 }), makeAsk({ id: 4 }));
  assert.deepEqual(ids(world.list), [3, 4, 5]);
  assert.deepEqual(world.list.of(1).map(({ id }) => id), [3, 4]);
  assert.equal(world.list.get(5)?.sessionId, 2);
});

test("what is asked comes by its notice, and of that session only", async () => {
  await using world = await listOf(makeAsk({ id: 3 }));
  world.asks.set(9, makeAsk({ id: 9, sessionId: 7 }));
  world.change(makeAsk({ id: 4 }));
  await until(() => ids(world.list).length === 2, "the new ask");
  assert.deepEqual(ids(world.list), [3, 4]);
});

test("what was answered elsewhere goes, and who did it is told", async () => {
  await using world = await listOf(makeAsk({ id: 3 }), makeAsk({ id: 4 }));
  world.change(makeAsk({ id: 3, status: "answered", answer: "allow", answeredBy: "treadle answer" }));
  await until(() => world.closed.length === 1, "the end of the ask");
  assert.deepEqual(world.closed.map(({ ask, isHere }) => [ask.id, ask.answeredBy, isHere]), [[3, "treadle answer", false]]);
  assert.deepEqual(ids(world.list), [4]);
});

test("of what the person has answered here, or is about to, they need not be told", async () => {
  await using world = await listOf(makeAsk({ id: 3 }), makeAsk({ id: 4 }), makeAsk({ id: 5 }));
  world.daemon.on("ask/answer", ({ askId }: { askId: number }) => (askId === 4 ? { ask: makeAsk() } : refusal("ask_closed", "Too late.")));
  world.list.hold(3);
  await world.list.answer(4, "allow", null);
  await world.list.answer(5, "allow", null);
  for (const id of [3, 4, 5]) {
    world.change(makeAsk({ id, status: "answered", answer: "allow" }));
  }
  await until(() => world.closed.length === 3, "the ends of the asks");
  assert.deepEqual(world.closed.map(({ ask, isHere }) => [ask.id, isHere]), [[3, true], [4, true], [5, false]]);
});

test("the asks of a deleted session go without a word", async () => {
  await using world = await listOf(makeAsk({ id: 3 }), makeAsk({ id: 4, sessionId: 2 }));
  world.asks.delete(3);
  world.daemon.notify("session/didDelete", { sessionId: 1 });
  await until(() => ids(world.list).length === 1, "gone");
  assert.deepEqual([ids(world.list), world.closed], [[4], []]);
});

test("what happened while nobody was connected is caught up with", async () => {
  await using world = await listOf(makeAsk({ id: 3 }));
  world.asks.set(3, makeAsk({ id: 3, status: "expired", answer: "deny" }));
  world.asks.set(4, makeAsk({ id: 4 }));
  world.daemon.drop();
  await until(() => world.closed.length === 1, "the new connection");
  assert.deepEqual(ids(world.list), [4]);
  assert.deepEqual(world.closed.map(({ ask }) => ask.status), ["expired"]);
});

test("who answers what was answered elsewhere meanwhile is told, and no failure", async () => {
  await using world = await listOf(makeAsk({ id: 3 }));
  for (const code of ["ask_closed", "ask_not_found"]) {
    world.daemon.on("ask/answer", () => refusal(code, "Ask 3 was answered already: allow, by treadle answer."));
    assert.equal(await world.list.answer(3, "deny", "no"), "Ask 3 was answered already: allow, by treadle answer.", code);
  }
  assert.deepEqual(world.daemon.asked.at(-1), { method: "ask/answer", params: { askId: 3, answer: "deny", comment: "no" } });
  world.daemon.on("ask/answer", () => refusal("own_ask", "An agent answers nothing of its own session."));
  await assert.rejects(world.list.answer(3, "allow", null), { code: "own_ask" });
  world.daemon.on("ask/answer", () => ({ ask: makeAsk({ status: "answered" }) }));
  assert.equal(await world.list.answer(3, "allow", null), null);
});

test("a list that cannot be read is told as a problem, and stays", async () => {
  await using world = await listOf(makeAsk({ id: 3 }));
  const problems: unknown[] = [];
  world.list.problems.listen((error) => problems.push(error));
  world.daemon.on("ask/list", () => refusal("storage_unavailable", "The disk is full."));
  await world.list.reload();
  assert.deepEqual([problems.length, ids(world.list)], [1, [3]]);
});
