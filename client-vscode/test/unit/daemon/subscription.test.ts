import assert from "node:assert/strict";
import { test } from "vitest";
import type { Gap } from "../../../src/daemon/subscription";
import type { SessionSubscribeParams } from "../../../src/protocol";
import { clientFor } from "../connected";
import { FakeDaemon, LaterAnswer, refusal, until } from "../fake_daemon";

const answer = (lastEventId: number, reread = false) => ({ subscribed: true, lastEventId, missed: [], reread });
const appended = (lastId: number) => ({ sessionId: 1, count: 1, lastId });

/** What each subscription came with. */
function knownIds(daemon: FakeDaemon): unknown[] {
  const asked = daemon.asked.filter((one) => one.method === "session/subscribe");
  return asked.map((one) => (one.params as SessionSubscribeParams).afterEventId);
}

function heardBy(client: ReturnType<typeof clientFor>): { gaps: Gap[]; lastIds: number[] } {
  const heard: { gaps: Gap[]; lastIds: number[] } = { gaps: [], lastIds: [] };
  client.gaps.listen((gap) => heard.gaps.push(gap));
  client.notices.listen((notice) => {
    if (notice.method === "session/didAppendEvents") {
      heard.lastIds.push(notice.params.lastId);
    }
  });
  return heard;
}

// requirement: notices.catch-up
test("who comes back names the last event that it was told of", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/subscribe", () => answer(5));
  using client = clientFor(daemon);
  const heard = heardBy(client);
  client.start();
  await client.ready();
  daemon.drop();
  await until(() => heard.gaps.length === 2, "back");
  daemon.notify("session/didAppendEvents", appended(9));
  daemon.notify("session/didAppendEvents", appended(7));
  await until(() => heard.lastIds.length === 2, "told");
  daemon.drop();
  await until(() => heard.gaps.length === 3, "back again");
  assert.deepEqual(knownIds(daemon), [null, 5, 9]);
  assert.deepEqual(heard.gaps, [{ reread: false }, { reread: false }, { reread: false }]);
});

test("what is told before the answer does not count: what lies before it is not known yet", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/subscribe", () => answer(5));
  using client = clientFor(daemon);
  const heard = heardBy(client);
  client.start();
  await client.ready();
  daemon.on("session/subscribe", () => new Promise(() => undefined));
  daemon.drop();
  await until(() => daemon.count("session/subscribe") === 2, "asked again");
  daemon.notify("session/didAppendEvents", appended(30));
  await until(() => heard.lastIds.length === 1, "told early");
  daemon.on("session/subscribe", () => answer(30, true));
  daemon.drop();
  await until(() => heard.gaps.length === 2, "answered");
  assert.deepEqual(knownIds(daemon), [null, 5, 5]);
  assert.deepEqual(heard.gaps.at(-1), { reread: true });
});

test("when notices were lost the same connection asks what was missed", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/subscribe", () => answer(5));
  using client = clientFor(daemon);
  const heard = heardBy(client);
  client.start();
  await client.ready();
  const later = new LaterAnswer();
  daemon.on("session/subscribe", () => later.promise);
  daemon.notify("session/didLoseNotices", {});
  await until(() => daemon.count("session/subscribe") === 2, "asked");
  daemon.notify("session/didAppendEvents", appended(50));
  await until(() => heard.lastIds.length === 1, "told meanwhile");
  later.give(answer(40));
  await until(() => heard.gaps.length === 2, "answered");
  daemon.drop();
  await until(() => daemon.count("session/subscribe") === 3, "back");
  assert.deepEqual(knownIds(daemon), [null, 5, 40]);
  assert.equal(daemon.count("initialize"), 2);
});

test("a connection that cannot say what was missed is given up for another", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/subscribe", () => answer(5));
  using client = clientFor(daemon);
  const heard = heardBy(client);
  client.start();
  await client.ready();
  daemon.on("session/subscribe", () => {
    daemon.on("session/subscribe", () => answer(6));
    return refusal("storage_unavailable", "The database could not be used.");
  });
  daemon.notify("session/didLoseNotices", {});
  await until(() => heard.gaps.length === 2, "caught up");
  assert.equal(daemon.count("initialize"), 2);
  assert.deepEqual(knownIds(daemon), [null, 5, 5]);
});
