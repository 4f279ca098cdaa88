import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionHead, SessionListParams } from "../../../src/protocol";
import { groupOf } from "../../../src/sessions/groups";
import { SessionList } from "../../../src/sessions/session_list";
import { type SessionNode, SessionTree } from "../../../src/sessions/tree";
import { clientFor } from "../connected";
import { makeClaim, makeHead, makeInteraction } from "../factories";
import { FakeDaemon, LaterAnswer, refusal, until } from "../fake_daemon";

/** Sessions by id, listed newest first in pages of two. */
function listing(daemon: FakeDaemon, heads: Map<number, SessionHead>): void {
  daemon.on("session/list", ({ cursor, status }: SessionListParams) => {
    const all = [...heads.values()].filter((head) => status == null || head.status === status).sort((a, b) => b.id - a.id);
    const from = Number(cursor ?? 0);
    return { data: all.slice(from, from + 2), nextCursor: from + 2 < all.length ? String(from + 2) : null };
  });
  daemon.on("session/get", ({ sessionId }: { sessionId: number }) => {
    const session = heads.get(sessionId);
    return session === undefined
      ? refusal("session_not_found", `There is no session ${sessionId}.`)
      : { session, interactions: [], nextCursor: null };
  });
}

const ids = (list: SessionList): number[] => list.sessions.map((head) => head.id);
const roots = (list: SessionList): SessionNode[] => {
  const tree = new SessionTree();
  tree.update(list.byId, "all", Date.now());
  return tree.groups.flatMap(({ sessions }) => sessions);
};

test("the newest page and every active session at once, finished ones by page", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = new Map([1, 2, 3, 4, 5].map((id) => [id, makeHead({ id, status: id === 1 ? "active" : "complete" })]));
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length > 0, "loaded");
  assert.deepEqual(ids(list), [5, 4, 1]);
  assert.ok(list.hasMore);
  await list.loadMore();
  assert.deepEqual(ids(list), [5, 4, 3, 2, 1]);
  await list.loadMore();
  assert.ok(!list.hasMore);
  list.dispose();
});

test("those that have ended are found behind any number of active ones, and reading anew loses none of them", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = new Map([1, 2, 3, 4, 5, 6, 7].map((id) => [id, makeHead({ id, status: id <= 3 ? "complete" : "active" })]));
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length >= 5, "loaded");
  assert.deepEqual(ids(list), [7, 6, 5, 4, 3, 2]);
  await list.loadMore(1);
  assert.deepEqual(ids(list), [7, 6, 5, 4, 3, 2, 1]);
  for (const id of [8, 9, 10]) {
    heads.set(id, makeHead({ id }));
  }
  await list.reload();
  assert.deepEqual(ids(list), [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  list.dispose();
});

test("notices keep it live: created, updated", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = new Map([[1, makeHead({ id: 1 })]]);
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length === 1, "loaded");
  heads.set(2, makeHead({ id: 2 }));
  daemon.notify("session/didCreate", { sessionId: 2, projectId: 7 });
  await until(() => list.sessions.length === 2, "created");
  heads.set(2, makeHead({ id: 2, status: "complete" }));
  daemon.notify("session/didUpdate", { sessionId: 2, status: "complete", interactionCount: 1, eventCount: 0 });
  await until(() => list.get(2)?.status === "complete", "updated");
  assert.deepEqual(ids(list), [2, 1]);
  list.dispose();
});

test("a storm of notices about one session is one question", async () => {
  await using daemon = await new FakeDaemon().start();
  listing(daemon, new Map([[1, makeHead({ id: 1 })]]));
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length === 1, "loaded");
  for (let count = 0; count < 50; count += 1) {
    daemon.notify("session/didUpdate", { sessionId: 1, status: "active", interactionCount: 1, eventCount: count });
  }
  await until(() => daemon.count("session/get") > 0, "asked");
  assert.equal(daemon.count("session/get"), 1);
  list.dispose();
});

test("sessions of other projects and sessions that are gone do not come in", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = new Map([
    [1, makeHead({ id: 1 })],
    [2, makeHead({ id: 2 })],
  ]);
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length === 2, "loaded");
  heads.delete(1);
  heads.set(3, makeHead({ id: 3, projectId: 8 }));
  daemon.notify("session/didUpdate", { sessionId: 1, status: "active", interactionCount: 0, eventCount: 0 });
  daemon.notify("session/didCreate", { sessionId: 3, projectId: 8 });
  await until(() => list.sessions.length === 1, "gone");
  assert.deepEqual(ids(list), [2]);
  list.dispose();
});

test("after a reconnect everything is read anew", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = new Map([[1, makeHead({ id: 1 })]]);
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length === 1, "loaded");
  heads.set(2, makeHead({ id: 2 }));
  daemon.drop();
  await until(() => list.sessions.length === 2, "what was missed");
  list.dispose();
});

test("a deleted session goes without a question", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = new Map([1, 2].map((id) => [id, makeHead({ id })]));
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length === 2, "loaded");
  daemon.notify("session/didUpdate", { sessionId: 2, status: "active", interactionCount: 1, eventCount: 0 });
  daemon.notify("session/didDelete", { sessionId: 2 });
  await until(() => list.sessions.length === 1, "gone");
  assert.deepEqual(ids(list), [1]);
  assert.equal(daemon.count("session/get"), 0);
  list.dispose();
});

test("a session that is deleted while the list is read does not come back with it", async () => {
  await using daemon = await new FakeDaemon().start();
  const later = new LaterAnswer();
  daemon.on("session/list", () => later.promise);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  let changes = 0;
  list.changes.listen(() => (changes += 1));
  client.start();
  await until(() => daemon.count("session/list") === 2, "asked");
  daemon.notify("session/didDelete", { sessionId: 2 });
  later.give({ data: [1, 2].map((id) => makeHead({ id })), nextCursor: null });
  await until(() => changes === 2, "read, and deleted from it");
  assert.deepEqual(ids(list), [1]);
  list.dispose();
});

test("when notices were lost everything is read anew", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = new Map([[1, makeHead({ id: 1 })]]);
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length === 1, "loaded");
  heads.delete(1);
  heads.set(2, makeHead({ id: 2 }));
  daemon.notify("session/didLoseNotices", {});
  await until(() => list.get(2) !== undefined, "what it was not told of");
  assert.deepEqual(ids(list), [2]);
  list.dispose();
});

test("a dead runner's session stops to look alive without any notice", async () => {
  await using daemon = await new FakeDaemon().start();
  const pendingInteraction = makeInteraction({ claim: makeClaim(200, Date.now()) });
  listing(daemon, new Map([[1, makeHead({ id: 1, interactionCount: 1, pendingInteraction })]]));
  using client = clientFor(daemon);
  const list = new SessionList(client);
  const groups: string[] = [];
  list.changes.listen(() => groups.push(...list.sessions.map((head) => groupOf(head, Date.now()))));
  client.start();
  await until(() => groups.at(-1) === "waiting", "waiting");
  assert.equal(groups[0], "running");
  list.dispose();
});

test("children come below their parent as they are made, and are told there as they end", async () => {
  await using daemon = await new FakeDaemon().start();
  const heads = new Map([[1, makeHead({ id: 1 })]]);
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length === 1, "loaded");
  for (const id of [2, 3]) {
    heads.set(id, makeHead({ id, parentSessionId: 1 }));
    daemon.notify("session/didCreate", { sessionId: id, projectId: 7 });
  }
  await until(() => roots(list)[0]?.children.length === 2, "both children");
  assert.deepEqual(roots(list).map(({ head }) => head.id), [1]);
  heads.set(2, makeHead({ id: 2, parentSessionId: 1, status: "failed" }));
  daemon.notify("session/didUpdate", { sessionId: 2, status: "failed", interactionCount: 1, eventCount: 0 });
  await until(() => roots(list)[0]?.children.at(-1)?.head.status === "failed", "the child's end");
  list.dispose();
});

test("a finished family over two pages: the child waits at the top for its parent", async () => {
  await using daemon = await new FakeDaemon().start();
  const parentOf = new Map([[4, 1], [3, 1]]);
  const heads = new Map([4, 3, 2, 1].map((id) => [id, makeHead({ id, status: "complete", parentSessionId: parentOf.get(id) ?? null })]));
  listing(daemon, heads);
  using client = clientFor(daemon);
  const list = new SessionList(client);
  client.start();
  await until(() => list.sessions.length === 2, "the first page");
  assert.deepEqual(roots(list).map(({ head }) => head.id), [4, 3]);
  await list.loadMore();
  assert.deepEqual(roots(list).map(({ head, children }) => [head.id, children.length]), [[2, 0], [1, 2]]);
  list.dispose();
});
