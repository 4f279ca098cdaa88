import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionEventView } from "../../../src/protocol";
import { makeEvent, makeInteraction } from "../factories";
import { until } from "../fake_daemon";
import { appended, range, shownBy, timelineOf } from "./recorded";

test("a tail that is far behind starts anew with the latest events", async () => {
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  await using reading = await timelineOf(record, 10);
  const { daemon, timeline } = reading;
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  record.events.push(...range(2, 1_000).map((id) => makeEvent(id)));
  const before = daemon.count("session/getEvents");
  daemon.notify("session/didAppendEvents", appended(1_000));
  await until(() => shown.get("step-1")?.at(-1) === 1_000, "the latest");
  assert.deepEqual(shown.get("step-1"), range(991, 1_000));
  assert.ok(daemon.count("session/getEvents") - before < 10);
});

test("what is far behind leaves a reader in the middle where they are", async () => {
  const record = { steps: [makeInteraction()], events: range(1, 5).map((id) => makeEvent(id)) };
  await using reading = await timelineOf(record, 10);
  const { daemon, timeline } = reading;
  const shown = shownBy(timeline);
  timeline.isFollowed = false;
  await timeline.load();
  await timeline.open("step-1", "start");
  record.events.push(...range(6, 1_000).map((id) => makeEvent(id)));
  daemon.notify("session/didAppendEvents", appended(1_000));
  await until(() => timeline.window("step-1")?.hasLater === true, "that there is more");
  assert.deepEqual(shown.get("step-1")?.slice(0, 5), [1, 2, 3, 4, 5]);
  await timeline.page("step-1", "latest");
  assert.equal(shown.get("step-1")?.at(-1), 1_000);
});

test("only events of the kinds that are wanted are read, and come", async () => {
  const record = { steps: [makeInteraction()], events: [makeEvent(1), makeEvent(2, { eventType: "error_occurred" })] };
  await using reading = await timelineOf(record);
  const { daemon, timeline } = reading;
  const shown = shownBy(timeline);
  await timeline.load();
  await timeline.open("step-1");
  await timeline.narrow(new Set(["error_occurred"]));
  assert.deepEqual(shown.get("step-1"), [2]);
  record.events.push(makeEvent(3), makeEvent(4, { eventType: "error_occurred" }));
  daemon.notify("session/didAppendEvents", appended(4));
  await until(() => shown.get("step-1")?.includes(4) === true, "the new error");
  assert.deepEqual(shown.get("step-1"), [2, 4]);
  await timeline.narrow(null);
  assert.deepEqual(shown.get("step-1"), [1, 2, 3, 4]);
});

test("an event that is sought is shown among its neighbours, in a step that need not be open", async () => {
  const record = { steps: [makeInteraction()], events: range(1, 30).map((id) => makeEvent(id)) };
  await using reading = await timelineOf(record, 10);
  const { timeline } = reading;
  const shown = shownBy(timeline);
  await timeline.load();
  const matches = ({ id }: SessionEventView): boolean => id % 7 === 0;
  assert.equal((await timeline.find({ matches, isForward: true, from: null }))?.id, 7);
  assert.ok(shown.get("step-1")?.includes(7));
  assert.equal((await timeline.find({ matches, isForward: true, from: makeEvent(7) }))?.id, 14);
  assert.equal((await timeline.find({ matches, isForward: false, from: makeEvent(7) })), null);
  assert.equal((await timeline.find({ matches, isForward: false, from: null }))?.id, 28);
});

test("which files a session has changed is read once, and goes on with what comes", async () => {
  const changed = (id: number, path: string): SessionEventView => makeEvent(id, { eventType: "file_modified", data: { path, lines_added: 2, lines_removed: 1 } });
  const record = { steps: [makeInteraction()], events: [makeEvent(1), changed(2, "a.py"), changed(3, "a.py")] };
  await using reading = await timelineOf(record, 1);
  const { daemon, timeline } = reading;
  await timeline.load();
  await timeline.readWhole();
  assert.deepEqual([[...timeline.files.paths], timeline.files.added, timeline.files.removed], [["a.py"], 4, 2]);
  record.events.push(changed(4, "b.py"));
  daemon.notify("session/didAppendEvents", appended(4));
  await until(() => timeline.files.paths.size === 2, "the other file");
  assert.equal(timeline.files.added, 6);
});

test("what belongs to no step is held beside the steps: live, narrowed, and found", async () => {
  const outside = (id: number, text: string): SessionEventView => makeEvent(id, { interactionId: null, eventType: "session_paused", data: { reason: text } });
  const record = { steps: [makeInteraction({ completedAt: makeEvent(1).sentAt })], events: [makeEvent(1), outside(2, "Lunch."), makeEvent(3)] };
  await using reading = await timelineOf(record, 1);
  const { daemon, timeline } = reading;
  await timeline.load();
  await timeline.readWhole();
  const held = (): number[] | undefined => timeline.window("after-step-1")?.events.map(({ id }) => id);
  assert.deepEqual(held(), [2]);
  record.events.push(outside(4, "Tea."));
  daemon.notify("session/didAppendEvents", appended(4));
  await until(() => held()?.length === 2, "the other one");
  const found = await timeline.find({ matches: ({ data }) => data.reason === "Tea.", isForward: true, from: null });
  assert.equal(found?.id, 4);
  await timeline.narrow(new Set(["file_created"]));
  assert.deepEqual(held(), []);
});

test("what belongs to no step is told, too, when too much has come at once to be read", async () => {
  const record = { steps: [makeInteraction({ completedAt: makeEvent(1).sentAt })], events: [makeEvent(1)] };
  await using reading = await timelineOf(record);
  const { daemon, timeline } = reading;
  await timeline.load();
  await timeline.readWhole();
  let told: number[] = [];
  timeline.changes.listen(({ kind }) => (told = kind === "session" ? (timeline.window("after-step-1")?.events ?? []).map(({ id }) => id) : told));
  record.events.push(...range(2, 2_600).map((id) => makeEvent(id)), makeEvent(2_601, { interactionId: null }));
  daemon.notify("session/didAppendEvents", appended(2_601));
  await until(() => told.length > 0, "that it is told");
  assert.deepEqual(told, [2_601]);
});

test("a step never shows more than a page can bear", async () => {
  const record = { steps: [makeInteraction()], events: [makeEvent(1)] };
  await using reading = await timelineOf(record);
  const { daemon, timeline } = reading;
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
  assert.ok(timeline.window("step-1")?.hasEarlier === true);
});
