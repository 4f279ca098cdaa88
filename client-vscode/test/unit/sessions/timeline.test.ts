import assert from "node:assert/strict";
import { test } from "node:test";
import type { InteractionView, SessionEventView, SessionGetEventsParams, SessionGetParams } from "../../../src/protocol";
import { Timeline, type TimelineChange } from "../../../src/sessions/timeline";
import { clientFor } from "../connected";
import { makeEvent, makeHead, makeInteraction, MOMENT } from "../factories";
import { FakeDaemon, refusal, until } from "../fake_daemon";

interface Record {
  steps: InteractionView[];
  events: SessionEventView[];
}

/** Answers as the daemon does, with small pages. */
function recording(daemon: FakeDaemon, record: Record, page = 1_000): void {
  daemon.on("session/get", ({ cursor, limit }: SessionGetParams) => {
    const from = Number(cursor ?? 0);
    const until = from + Math.min(page, limit ?? page);
    const nextCursor = until < record.steps.length ? String(until) : null;
    return { session: makeHead({ eventCount: record.events.length }), interactions: record.steps.slice(from, until), nextCursor };
  });
  daemon.on("session/getEvents", (params: SessionGetEventsParams) => {
    const { interactionId, afterId, descending, cursor, limit } = params;
    const found = record.events.filter(
      (event) => (interactionId == null || event.interactionId === interactionId) && event.id > (afterId ?? 0),
    );
    const ordered = descending === true ? found.toReversed() : found;
    const beyond = (event: SessionEventView): boolean =>
      cursor == null || (descending === true ? event.id < Number(cursor) : event.id > Number(cursor));
    const rest = ordered.filter(beyond);
    const data = rest.slice(0, Math.min(page, limit ?? page));
    return { data, nextCursor: data.length < rest.length ? String(data.at(-1)?.id) : null };
  });
}

function shownBy(timeline: Timeline): Map<string, number[]> {
  const shown = new Map<string, number[]>();
  timeline.changes.listen((change) => {
    if (change.kind === "events") {
      const ids = change.events.map((event) => event.id);
      const before = shown.get(change.interactionId) ?? [];
      const now = { reset: ids, earlier: [...ids, ...before], later: [...before, ...ids] }[change.how];
      shown.set(change.interactionId, now);
    }
  });
  return shown;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const appended = (lastId: number) => ({ sessionId: 1, count: 1, lastId });

test("all steps are there, page by page, and only the last page is read again", async () => {
  await using daemon = await new FakeDaemon().start();
  const steps = range(1, 5).map((position) => makeInteraction({ id: `step-${position}`, position, completedAt: MOMENT }));
  const record = { steps, events: [] };
  recording(daemon, record, 2);
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  await timeline.load();
  assert.deepEqual(timeline.interactions.map((step) => step.position), [1, 2, 3, 4, 5]);
  const before = daemon.count("session/get");
  record.steps.push(makeInteraction({ id: "step-6", position: 6 }));
  daemon.notify("session/didUpdate", { sessionId: 1, status: "active", interactionCount: 6, eventCount: 0 });
  await until(() => timeline.interactions.length === 6, "the new step");
  assert.equal(daemon.count("session/get") - before, 1);
  timeline.dispose();
});

test("a step opens with its latest events, earlier ones come by request, new ones by themselves", async () => {
  await using daemon = await new FakeDaemon().start();
  const record = { steps: [makeInteraction()], events: range(1, 5).map((id) => makeEvent(id)) };
  recording(daemon, record, 2);
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  assert.deepEqual(shown.get("step-1"), [4, 5]);
  assert.ok(timeline.hasEarlier("step-1"));
  record.events.push(makeEvent(6), makeEvent(7, { interactionId: "another" }), makeEvent(8));
  daemon.notify("session/didAppendEvents", appended(8));
  await until(() => shown.get("step-1")?.includes(8) === true, "the new events");
  await timeline.loadEarlier("step-1");
  await timeline.loadEarlier("step-1");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3, 4, 5, 6, 8]);
  assert.ok(!timeline.hasEarlier("step-1"));
  timeline.dispose();
});

test("events that come while a step is opened are neither lost nor doubled", async () => {
  await using daemon = await new FakeDaemon().start();
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  recording(daemon, record);
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const shown = shownBy(timeline);
  await timeline.load();
  record.events.push(makeEvent(2));
  daemon.notify("session/didAppendEvents", appended(2));
  await timeline.open("step-1");
  record.events.push(makeEvent(3));
  daemon.notify("session/didAppendEvents", appended(3));
  await until(() => shown.get("step-1")?.includes(3) === true, "the last event");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3]);
  timeline.dispose();
});

test("what was missed without a connection is caught up with, without gap or double", async () => {
  await using daemon = await new FakeDaemon().start();
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  recording(daemon, record);
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  daemon.drop();
  record.events.push(makeEvent(2), makeEvent(3));
  await until(() => shown.get("step-1")?.includes(3) === true, "the missed events");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3]);
  timeline.dispose();
});

test("when notices were lost the events after the last one are read", async () => {
  await using daemon = await new FakeDaemon().start();
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  recording(daemon, record);
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  record.events.push(makeEvent(2), makeEvent(3));
  record.steps.push(makeInteraction({ id: "step-2", position: 2 }));
  daemon.notify("session/didLoseNotices", {});
  await until(() => shown.get("step-1")?.includes(3) === true, "the missed events");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3]);
  assert.equal(timeline.interactions.length, 2);
  timeline.dispose();
});

test("where an older database came back only what it holds is shown", async () => {
  await using daemon = await new FakeDaemon().start();
  const steps = [1, 2].map((position) => makeInteraction({ id: `step-${position}`, position }));
  const record = { steps, events: range(1, 5).map((id) => makeEvent(id)) };
  recording(daemon, record);
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  daemon.on("session/subscribe", () => ({ subscribed: true, lastEventId: 3, missed: [], reread: true }));
  daemon.drop();
  record.steps.pop();
  record.events.splice(2, 3, makeEvent(3, { uid: "another" }));
  await until(() => shown.get("step-1")?.length === 3, "what is there now");
  assert.deepEqual(timeline.interactions.map((step) => step.id), ["step-1"]);
  record.events.push(makeEvent(4));
  daemon.notify("session/didAppendEvents", appended(4));
  await until(() => shown.get("step-1")?.at(-1) === 4, "a new event with an id that was there before");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3, 4]);
  timeline.dispose();
});

test("a session that was deleted is said to be gone", async () => {
  await using daemon = await new FakeDaemon().start();
  recording(daemon, { steps: [makeInteraction()], events: [] });
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const changes: TimelineChange[] = [];
  await timeline.load();
  timeline.changes.listen((change) => changes.push(change));
  daemon.on("session/get", () => refusal("session_not_found", "There is no session 1."));
  daemon.notify("session/didDelete", { sessionId: 2 });
  daemon.notify("session/didDelete", { sessionId: 1 });
  await until(() => changes.length > 0, "gone");
  assert.deepEqual(changes, [{ kind: "gone", sentence: "There is no session 1." }]);
  timeline.dispose();
});

test("a tail that is far behind starts anew with the latest events", async () => {
  await using daemon = await new FakeDaemon().start();
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  recording(daemon, record, 10);
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  record.events.push(...range(2, 1_000).map((id) => makeEvent(id)));
  const before = daemon.count("session/getEvents");
  daemon.notify("session/didAppendEvents", appended(1_000));
  await until(() => shown.get("step-1")?.at(-1) === 1_000, "the latest");
  assert.deepEqual(shown.get("step-1"), range(991, 1_000));
  assert.ok(daemon.count("session/getEvents") - before < 10);
  timeline.dispose();
});

test("a step never shows more than a page can bear", async () => {
  await using daemon = await new FakeDaemon().start();
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  recording(daemon, record);
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  for (let last = 1; last < 2_500; last += 500) {
    record.events.push(...range(last + 1, last + 500).map((id) => makeEvent(id)));
    daemon.notify("session/didAppendEvents", appended(last + 500));
    await until(() => shown.get("step-1")?.at(-1) === last + 500, `event ${last + 500}`);
  }
  assert.deepEqual(shown.get("step-1")?.slice(-1), [2_501]);
  assert.ok((shown.get("step-1")?.length ?? 0) <= 1_000);
  assert.ok(timeline.hasEarlier("step-1"));
  timeline.dispose();
});

test("the step of interest is the pending one, the failed one, the last agent's", () => {
  const timeline = new Timeline(clientFor(new FakeDaemon()), 1);
  const steps = (timeline as unknown as { steps: Map<string, InteractionView> }).steps;
  const command = { id: "c", module: "m", command: "claude", metadata: {}, timestamp: MOMENT };
  steps.set("agent", makeInteraction({ id: "agent", position: 1, completedAt: MOMENT, command }));
  steps.set("last", makeInteraction({ id: "last", position: 2, completedAt: MOMENT }));
  assert.equal(timeline.stepOfInterest()?.id, "agent");
  timeline.session = makeHead({ status: "failed" });
  assert.equal(timeline.stepOfInterest()?.id, "last");
  steps.set("pending", makeInteraction({ id: "pending", position: 3 }));
  assert.equal(timeline.stepOfInterest()?.id, "pending");
  timeline.dispose();
});

test("a session that is gone is said to be gone", async () => {
  await using daemon = await new FakeDaemon().start();
  daemon.on("session/getEvents", () => refusal("session_not_found", "There is no session 1."));
  using client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  const changes: unknown[] = [];
  timeline.changes.listen((change) => changes.push(change));
  await timeline.load();
  assert.deepEqual(changes, [{ kind: "gone", sentence: "There is no session 1." }]);
  timeline.dispose();
});
