import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionEventView } from "../../../src/protocol";
import { inOrder, justAfter } from "../../../src/sessions/event_order";
import { EventWindow, type ReadEvents } from "../../../src/sessions/event_window";
import { makeEvent } from "../factories";

const momentOf = (place: number): string => `2026-03-01T12:00:${String(Math.floor(place / 1_000) % 60).padStart(2, "0")}.${String(place % 1_000).padStart(3, "0")}000Z`;
const eventsOf = (count: number, sentAt = momentOf): SessionEventView[] => Array.from({ length: count }, (_, place) => makeEvent(place + 1, { sentAt: sentAt(place) }));
const idsOf = (window: EventWindow): number[] => window.events.map(({ id }) => id);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

/** Answers as the daemon does. */
function reading(events: readonly SessionEventView[], asked: { count: number } = { count: 0 }): ReadEvents {
  return ({ descending, cursor, sentFrom, sentUntil, limit = 100, eventTypes }) => {
    asked.count += 1;
    const ordered = events.filter(({ eventType }) => eventTypes?.includes(eventType) !== false).toSorted(inOrder);
    const within = ordered.filter((event) => (sentFrom == null || event.sentAt >= sentFrom) && (sentUntil == null || event.sentAt < sentUntil));
    const directed = descending === true ? within.toReversed() : within;
    const sorted = descending === true ? ordered.toReversed() : ordered;
    const rest = cursor == null ? directed : sorted.slice(sorted.findIndex(({ id }) => id === Number(cursor)) + 1);
    const data = rest.slice(0, limit);
    return Promise.resolve({ data, nextCursor: data.length < rest.length ? String(data.at(-1)?.id) : null });
  };
}

test("it begins with the latest events or with the first, and reads on at either end", async () => {
  const window = new EventWindow("step-1", reading(eventsOf(700)));
  await window.readLatest();
  assert.deepEqual([idsOf(window), window.hasEarlier, window.hasLater], [range(501, 700), true, false]);
  await window.readEarlier();
  assert.deepEqual([idsOf(window), window.hasEarlier], [range(301, 700), true]);
  await window.readFirst();
  assert.deepEqual([idsOf(window), window.hasEarlier, window.hasLater], [range(1, 200), false, true]);
  await window.readLater();
  assert.deepEqual([idsOf(window), window.hasLater], [range(1, 399), true]);
});

test("what is far from the reader is dropped, and read again when they come back", async () => {
  const window = new EventWindow("step-1", reading(eventsOf(5_000)));
  await window.readLatest();
  for (let page = 0; page < 12; page += 1) {
    await window.readEarlier();
    assert.ok(window.events.length <= 1_000);
  }
  assert.deepEqual([window.events[0]?.id, window.hasLater], [2_401, true]);
  for (let page = 0; window.hasLater; page += 1) {
    assert.ok(page < 40);
    await window.readLater();
  }
  assert.equal(window.events.at(-1)?.id, 5_000);
  assert.deepEqual(idsOf(window), range(window.events[0]?.id ?? 0, 5_000));
});

test("many events of one moment are no obstacle", async () => {
  const window = new EventWindow("step-1", reading(eventsOf(3_000, () => momentOf(7))));
  await window.readLatest();
  for (let page = 0; window.hasEarlier; page += 1) {
    assert.ok(page < 40);
    await window.readEarlier();
  }
  assert.equal(window.events[0]?.id, 1);
  for (let page = 0; window.hasLater; page += 1) {
    assert.ok(page < 40);
    await window.readLater();
  }
  assert.equal(window.events.at(-1)?.id, 3_000);
});

test("large events make a window of few", async () => {
  const text = "x".repeat(500_000);
  const events = range(1, 60).map((id) => makeEvent(id, { sentAt: momentOf(id), data: { text } }));
  const window = new EventWindow("step-1", reading(events));
  await window.readLatest();
  window.append([makeEvent(61, { sentAt: momentOf(61) })], true);
  assert.ok(window.events.length < 20, String(window.events.length));
  assert.deepEqual([window.events.at(-1)?.id, window.hasEarlier], [61, true]);
});

test("a place in the middle comes with what was before and after it", async () => {
  const window = new EventWindow("step-1", reading(eventsOf(2_000)));
  await window.readAround({ id: 1_000, sentAt: momentOf(999) });
  assert.deepEqual([idsOf(window), window.hasEarlier, window.hasLater], [range(801, 1_199), true, true]);
});

test("what arrives is appended in its order, once, and only where the end is shown", async () => {
  const window = new EventWindow("step-1", reading(eventsOf(3)));
  await window.readLatest();
  const late = makeEvent(6, { sentAt: momentOf(1) });
  assert.ok(window.append([makeEvent(4, { sentAt: momentOf(8) }), late, makeEvent(5, { interactionId: "another" })], true));
  assert.deepEqual(idsOf(window), [1, 2, 6, 3, 4]);
  assert.ok(!window.append([late], true));
  const middle = new EventWindow("step-1", reading(eventsOf(900)));
  await middle.readFirst();
  assert.ok(!middle.append([makeEvent(901, { sentAt: momentOf(2_000) })], true));
  assert.deepEqual([middle.events.length, middle.hasLater], [200, true]);
});

test("who does not follow the end keeps what they read when very much comes", async () => {
  const window = new EventWindow("step-1", reading(eventsOf(100)));
  await window.readLatest();
  const coming = range(101, 3_000).map((id) => makeEvent(id, { sentAt: momentOf(id) }));
  for (let from = 0; from < coming.length; from += 100) {
    window.append(coming.slice(from, from + 100), false);
  }
  assert.deepEqual([window.events[0]?.id, window.events.length, window.hasLater, window.hasEarlier], [1, 1_000, true, false]);
});

test("a session without events is an empty window", async () => {
  const window = new EventWindow("step-1", reading([]));
  for (const read of [() => window.readLatest(), () => window.readEarlier(), () => window.readLater(), () => window.readFirst()]) {
    await read();
    assert.deepEqual([idsOf(window), window.hasEarlier, window.hasLater], [[], false, false]);
  }
});

test("a microsecond later is the next moment", () => {
  assert.equal(justAfter("2026-03-01T12:00:00.000000Z"), "2026-03-01T12:00:00.000001Z");
  assert.equal(justAfter("2026-03-01T12:00:00Z"), "2026-03-01T12:00:00.000001Z");
  assert.equal(justAfter("2026-12-31T23:59:59.999999Z"), "2027-01-01T00:00:00.000000Z");
});
