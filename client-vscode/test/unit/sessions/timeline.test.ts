import assert from "node:assert/strict";
import { test } from "vitest";
import { Timeline, type TimelineChange } from "../../../src/sessions/timeline";
import { clientFor } from "../connected";
import { makeEvent, makeInteraction, MOMENT } from "../factories";
import { FakeDaemon, refusal, until } from "../fake_daemon";
import { appended, range, recording, shownBy, timelineOf } from "./recorded";

test("all steps are there, page by page, and only the last page is read again", async () => {
  const steps = range(1, 5).map((position) => makeInteraction({ id: `step-${position}`, position, completedAt: MOMENT }));
  const record = { steps, events: [] };
  await using reading = await timelineOf(record, 2);
  const { daemon, timeline } = reading;
  await timeline.load();
  assert.deepEqual(timeline.interactions.map((step) => step.position), [1, 2, 3, 4, 5]);
  const before = daemon.count("session/get");
  record.steps.push(makeInteraction({ id: "step-6", position: 6 }));
  daemon.notify("session/didUpdate", { sessionId: 1, status: "active", interactionCount: 6, eventCount: 0 });
  await until(() => timeline.interactions.length === 6, "the new step");
  assert.equal(daemon.count("session/get") - before, 1);
});

test("a step opens with its latest events, earlier ones come by request, new ones by themselves", async () => {
  const record = { steps: [makeInteraction()], events: range(1, 5).map((id) => makeEvent(id)) };
  await using reading = await timelineOf(record, 2);
  const { daemon, timeline } = reading;
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  assert.deepEqual(shown.get("step-1"), [4, 5]);
  assert.ok(timeline.window("step-1")?.hasEarlier === true);
  record.events.push(makeEvent(6), makeEvent(7, { interactionId: "another" }), makeEvent(8));
  daemon.notify("session/didAppendEvents", appended(8));
  await until(() => shown.get("step-1")?.includes(8) === true, "the new events");
  await timeline.page("step-1", "earlier");
  await timeline.page("step-1", "earlier");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3, 4, 5, 6, 8]);
  assert.equal(timeline.window("step-1")?.hasEarlier, false);
});

test("events that come while a step is opened are neither lost nor doubled", async () => {
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  await using reading = await timelineOf(record);
  const { daemon, timeline } = reading;
  const shown = shownBy(timeline);
  await timeline.load();
  record.events.push(makeEvent(2));
  daemon.notify("session/didAppendEvents", appended(2));
  await timeline.open("step-1");
  record.events.push(makeEvent(3));
  daemon.notify("session/didAppendEvents", appended(3));
  await until(() => shown.get("step-1")?.includes(3) === true, "the last event");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3]);
});

test("what was missed without a connection is caught up with, without gap or double", async () => {
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  await using reading = await timelineOf(record);
  const { daemon, timeline } = reading;
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  daemon.drop();
  record.events.push(makeEvent(2), makeEvent(3));
  await until(() => shown.get("step-1")?.includes(3) === true, "the missed events");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3]);
});

test("when notices were lost the events after the last one are read", async () => {
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  await using reading = await timelineOf(record);
  const { daemon, timeline } = reading;
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  record.events.push(makeEvent(2), makeEvent(3));
  record.steps.push(makeInteraction({ id: "step-2", position: 2 }));
  daemon.notify("session/didLoseNotices", {});
  await until(() => shown.get("step-1")?.includes(3) === true, "the missed events");
  assert.deepEqual(shown.get("step-1"), [1, 2, 3]);
  assert.equal(timeline.interactions.length, 2);
});

test("where an older database came back only what it holds is shown", async () => {
  const steps = [1, 2].map((position) => makeInteraction({ id: `step-${position}`, position }));
  const record = { steps, events: range(1, 5).map((id) => makeEvent(id)) };
  await using reading = await timelineOf(record);
  const { daemon, timeline } = reading;
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
