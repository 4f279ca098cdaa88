import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionHead, SessionListParams } from "../../../src/protocol";
import { FilteredSessions, type Kept } from "../../../src/sessions/filtered_sessions";
import { NameBook } from "../../../src/sessions/names";
import { NO_FILTER } from "../../../src/sessions/session_filter";
import { SessionList } from "../../../src/sessions/session_list";
import type { Repaint } from "../../../src/sessions/tree";
import { clientFor } from "../connected";
import { makeHead } from "../factories";
import { FakeDaemon, until } from "../fake_daemon";

class Memory implements Kept {
  constructor(readonly values = new Map<string, unknown>()) {}

  get(key: string): unknown {
    return this.values.get(key);
  }

  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
}

function listing(daemon: FakeDaemon, heads: Map<number, SessionHead>): void {
  daemon.on("session/list", ({ cursor, status, limit = 50 }: SessionListParams) => {
    const all = [...heads.values()].filter((head) => status == null || head.status === status).sort((a, b) => b.id - a.id);
    const from = Number(cursor ?? 0);
    return { data: all.slice(from, from + limit), nextCursor: from + limit < all.length ? String(from + limit) : null };
  });
  daemon.on("session/get", ({ sessionId }: { sessionId: number }) => ({ session: heads.get(sessionId), interactions: [], sources: [], nextCursor: null }));
  daemon.on("sessionType/list", () => ({ data: [] }));
}

function manyHeads(count: number): Map<number, SessionHead> {
  return new Map(Array.from({ length: count }, (_, index) => [index + 1, makeHead({ id: index + 1, status: "complete", title: `Part ${index + 1}` })]));
}

function models(daemon: FakeDaemon, memory = new Memory()) {
  const client = clientFor(daemon);
  const sessions = new SessionList(client);
  const names = new NameBook(client);
  const filtered = new FilteredSessions(sessions, names, memory);
  const repaints: Repaint[] = [];
  filtered.repaints.listen((repaint) => void repaints.push(repaint));
  const ids = (): number[] => filtered.tree.groups.flatMap((group) => group.sessions.map(({ head }) => head.id));
  const dispose = (): void => [filtered, names, sessions, client].forEach((each) => each.dispose());
  return { client, sessions, filtered, repaints, ids, memory, [Symbol.dispose]: dispose };
}

test("one notice is one row, a storm about one session too", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = manyHeads(90);
  listing(daemon, heads);
  using world = models(daemon);
  world.client.start();
  await until(() => world.ids().length === 90 && daemon.count("sessionType/list") === 1, "loaded");
  await world.sessions.reload();
  world.repaints.length = 0;
  heads.set(40, makeHead({ id: 40, status: "complete", title: "Renamed" }));
  for (let count = 0; count < 30; count += 1) {
    daemon.notify("session/didUpdate", { sessionId: 40, status: "complete", interactionCount: 0, eventCount: count });
  }
  await until(() => world.repaints.length > 0, "painted");
  assert.deepEqual(world.repaints, [new Set([world.filtered.tree.get(40)])]);
  assert.equal(daemon.count("session/get"), 1);
});

test("a family that is deleted is one change of the view", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = manyHeads(60);
  listing(daemon, heads);
  using world = models(daemon);
  world.client.start();
  await until(() => world.ids().length === 60, "loaded");
  await world.sessions.reload();
  world.repaints.length = 0;
  for (let id = 1; id <= 50; id += 1) {
    daemon.notify("session/didDelete", { sessionId: id });
  }
  await until(() => world.ids().length === 10, "gone");
  assert.equal(world.repaints.length, 1);
});

test("a filter reaches what is not loaded, is kept for the workspace, and is taken away again", async () => {
  await using daemon = await new FakeDaemon().start();
  listing(daemon, manyHeads(1_300));
  using world = models(daemon);
  world.client.start();
  await until(() => world.ids().length === 100, "the first page");
  const filter = { ...NO_FILTER, text: "part 7" };
  await world.filtered.setFilter(filter);
  assert.ok(world.ids().includes(7) && !world.ids().includes(8));
  assert.deepEqual(daemon.asked.filter(({ method, params }) => method === "session/list" && (params as SessionListParams).limit === 500 && (params as SessionListParams).status == null).length, 3);
  using next = models(daemon, new Memory(new Map(world.memory.values)));
  assert.deepEqual(next.filtered.filter, filter);
  next.client.start();
  await until(() => next.ids().includes(7), "found in what was not loaded");
  await world.filtered.setFilter(NO_FILTER);
  assert.equal(world.ids().length, 1_300);
  assert.deepEqual([...world.memory.values.values()], [undefined]);
});

test("it looks through two thousand sessions by itself, and through more when it is asked", async () => {
  await using daemon = await new FakeDaemon().start();
  listing(daemon, manyHeads(3_000));
  using world = models(daemon);
  world.client.start();
  await until(() => world.ids().length === 100, "the first page");
  await world.filtered.setFilter({ ...NO_FILTER, text: "#1" });
  assert.ok(!world.ids().includes(1));
  assert.equal(world.sessions.byId.size, 2_100);
  await world.filtered.search();
  assert.ok(world.ids().includes(1));
  assert.ok(!world.sessions.hasMore);
});

test("to load all of ten thousand page by page reads each once", async () => {
  await using daemon = await new FakeDaemon().start();
  listing(daemon, manyHeads(10_000));
  using world = models(daemon);
  let read = 0;
  world.client.start();
  await until(() => world.ids().length === 100, "the first page");
  world.sessions.changes.listen((change) => (read += change === "all" ? 10_000 : change.size));
  while (world.sessions.hasMore) {
    await world.sessions.loadMore(world.sessions.byId.size);
  }
  assert.equal(world.ids().length, 10_000);
  assert.equal(read, 9_900);
});
