import assert from "node:assert/strict";
import { describe, test } from "vitest";
import type { ClientState } from "../../../src/daemon/client";
import { DaemonUnavailableError, RefusedError } from "../../../src/daemon/errors";
import { Signal } from "../../../src/daemon/signal";
import type { EventDraft } from "../../../src/forwarding/event_draft";
import { EventQueue, type QueueLimits } from "../../../src/forwarding/event_queue";
import { SentTimes } from "../../../src/forwarding/sent_times";
import type { SessionEventInput } from "../../../src/protocol";

const READY = { kind: "ready" } as ClientState;
const AWAY: ClientState = { kind: "connecting" };

/** What the queue sees of a daemon, with answers that the test gives. */
class Daemon {
  state: ClientState = READY;
  readonly states = new Signal<ClientState>();
  readonly batches: { sessionId: number; events: SessionEventInput[] }[] = [];
  refusal: Error | null = null;

  call = (_method: string, params: unknown): Promise<never> => {
    if (this.refusal !== null) {
      return Promise.reject(this.refusal);
    }
    this.batches.push(params as (typeof this.batches)[0]);
    return Promise.resolve({} as never);
  };

  become(state: ClientState): void {
    this.state = state;
    this.states.emit(state);
  }
}

function queueFor(daemon: Daemon, limits?: QueueLimits): { queue: EventQueue; said: string[] } {
  const said: string[] = [];
  const queue = new EventQueue({ daemon, client: "vscode 1", report: (sentence) => said.push(sentence), ...(limits === undefined ? {} : { limits }) });
  return { queue, said };
}

function draft(uid: string): EventDraft {
  return { uid, eventType: "file_modified", source: "watcher", data: { path: uid }, interactionId: null };
}

const uids = (events: readonly SessionEventInput[] | undefined): string[] => (events ?? []).map(({ uid }) => uid);

describe("the queue", () => {
  test("sends what comes together in one batch for each session, in order", async () => {
    const daemon = new Daemon();
    const { queue } = queueFor(daemon);
    queue.add(1, draft("a"));
    queue.add(2, draft("b"));
    queue.add(1, draft("c"));
    await queue.flush();
    assert.deepEqual(daemon.batches.map(({ sessionId, events }) => [sessionId, uids(events)]), [[1, ["a", "c"]], [2, ["b"]]]);
    const [{ events }] = daemon.batches as [(typeof daemon.batches)[0]];
    assert.deepEqual(events[0]?.metadata, { client: "vscode 1" });
    assert.ok(new Set(events.map(({ sentAt }) => sentAt)).size === 2);
    assert.equal(queue.size, 0);
    queue.dispose();
  });

  test("never sends more than a batch at once", async () => {
    const daemon = new Daemon();
    const { queue } = queueFor(daemon);
    Array.from({ length: 1_200 }, (_, index) => queue.add(1, draft(String(index))));
    await queue.flush();
    assert.deepEqual(daemon.batches.map(({ events }) => events.length), [500, 500, 200]);
    assert.deepEqual(uids(daemon.batches.flatMap(({ events }) => events)), Array.from({ length: 1_200 }, (_, index) => String(index)));
    queue.dispose();
  });

  test("keeps what it has while the daemon is away, and sends it when that is back", async () => {
    const daemon = new Daemon();
    daemon.state = AWAY;
    const { queue } = queueFor(daemon);
    queue.add(1, draft("a"));
    await queue.flush();
    assert.equal(queue.size, 1);
    daemon.become(READY);
    await queue.flush();
    assert.deepEqual(uids(daemon.batches[0]?.events), ["a"]);
    queue.dispose();
  });

  test("sends a batch again, as it was, when the connection broke under it", async () => {
    const daemon = new Daemon();
    const { queue } = queueFor(daemon);
    daemon.refusal = new DaemonUnavailableError("lost", "failed");
    queue.add(1, draft("a"));
    await queue.flush();
    queue.add(1, draft("b"));
    daemon.refusal = null;
    await queue.flush();
    assert.deepEqual(daemon.batches.map(({ events }) => uids(events)), [["a", "b"]]);
    queue.dispose();
  });

  test("drops the oldest when there are too many, and says in their place how many", async () => {
    const daemon = new Daemon();
    daemon.state = AWAY;
    const { queue, said } = queueFor(daemon, { events: 3, bytes: 1_000_000 });
    ["a", "b", "c", "d", "e"].forEach((uid) => queue.add(1, draft(uid)));
    assert.equal(queue.size, 3);
    assert.equal(said.length, 1);
    daemon.become(READY);
    await queue.flush();
    queue.add(1, draft("f"));
    await queue.flush();
    const [first, second] = daemon.batches;
    const [lost, ...others] = first?.events ?? [];
    assert.deepEqual(uids(others), ["c", "d", "e"]);
    assert.equal(lost?.eventType, "error_occurred");
    assert.deepEqual([lost.data.kind, lost.data.count], ["events_dropped", 2]);
    assert.ok(lost.sentAt < (others[0]?.sentAt ?? ""));
    assert.deepEqual(uids(second?.events), ["f"]);
    queue.dispose();
  });

  test("is bounded in bytes, too", () => {
    const daemon = new Daemon();
    daemon.state = AWAY;
    const { queue } = queueFor(daemon, { events: 100, bytes: 1_000 });
    Array.from({ length: 50 }, (_, index) => queue.add(1, draft(String(index).repeat(50))));
    assert.ok(queue.size > 0 && queue.size < 10, String(queue.size));
    queue.dispose();
  });

  test("forgets what a deleted session would have got, without a word", async () => {
    const daemon = new Daemon();
    const { queue, said } = queueFor(daemon);
    daemon.refusal = new RefusedError("There is no such session.", "session_not_found");
    queue.add(1, draft("a"));
    await queue.flush();
    assert.deepEqual([queue.size, said], [0, []]);
    queue.dispose();
  });

  test("gives up what the daemon refuses for good, says so and goes on", async () => {
    const daemon = new Daemon();
    const { queue, said } = queueFor(daemon);
    daemon.refusal = new RefusedError("An event is not valid.", "event_invalid");
    queue.add(1, draft("a"));
    await queue.flush();
    daemon.refusal = null;
    queue.add(1, draft("b"));
    await queue.flush();
    assert.deepEqual(uids(daemon.batches[0]?.events), ["b"]);
    assert.match(said.join(), /1 events of session 1 were not recorded: An event is not valid\./);
    queue.dispose();
  });

  test("waits while the disk is full", async () => {
    const daemon = new Daemon();
    const { queue, said } = queueFor(daemon);
    daemon.refusal = new RefusedError("The database cannot be written.", "storage_unavailable");
    queue.add(1, draft("a"));
    await queue.flush();
    assert.deepEqual([queue.size, said], [1, []]);
    queue.dispose();
  });
});

test("times of one session increase strictly, also when the clock stands still or goes back", () => {
  const moments = [1_000, 1_000, 500, 2_000];
  const times = new SentTimes(() => moments.shift() ?? 0);
  assert.deepEqual(
    [1, 1, 1, 2].map((session) => times.next(session)),
    ["1970-01-01T00:00:01.000000Z", "1970-01-01T00:00:01.000001Z", "1970-01-01T00:00:01.000002Z", "1970-01-01T00:00:02.000000Z"],
  );
});
