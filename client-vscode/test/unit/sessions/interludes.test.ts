import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionEventView } from "../../../src/protocol";
import { Interludes, interludesOf } from "../../../src/sessions/interludes";
import { entriesOf } from "../../../src/views/interlude_page";
import { makeEvent, makeInteraction, NOW } from "../factories";

const at = (minute: number): string => `2026-01-02T03:${String(minute).padStart(2, "0")}:00.000000Z`;
const outside = (id: number, minute: number, data: SessionEventView["data"] = {}): SessionEventView =>
  makeEvent(id, { interactionId: null, eventType: "session_paused", sentAt: at(minute), data });
const claimed = (minute: number) => ({ clientId: "c", clientName: "terminal", claimedAt: at(minute), expiresAt: at(minute + 1) });

const first = makeInteraction({ id: "first", position: 1, insertedAt: at(1), claim: claimed(2), completedAt: at(10) });
const second = makeInteraction({ id: "second", position: 2, insertedAt: at(10), claim: claimed(20), completedAt: at(30) });
const waiting = makeInteraction({ id: "waiting", position: 3, insertedAt: at(30) });

test("an event stands after the step that had begun last; one that waits to be taken has not begun", () => {
  const events = [outside(1, 1), outside(2, 5), outside(3, 15), outside(4, 25), outside(5, 40)];
  const found = interludesOf(events, [first, second, waiting]).map(({ id, events: own }) => [id, own.map((event) => event.id)]);
  assert.deepEqual(found, [["before", [1]], ["after-first", [2, 3]], ["after-second", [4, 5]]]);
  assert.deepEqual(interludesOf([], [first]), []);
  assert.deepEqual(interludesOf([outside(1, 5)], []).map(({ id }) => id), ["before"]);
});

test("in the timeline it is a line of its own that says what it holds", () => {
  const many = Array.from({ length: 6 }, (_, index) => outside(10 + index, 40, { reason: `No. ${index}` }));
  const entries = entriesOf([first, second, waiting], interludesOf([outside(1, 15, { reason: "Lunch." }), ...many], [first, second, waiting]), NOW);
  assert.deepEqual(
    entries.map(({ id, title, status, isInterlude }) => [id, isInterlude ? title : "", isInterlude ? status : ""]),
    [["first", "", ""], ["after-first", "Between the steps", "1 event"], ["second", "", ""], ["after-second", "Between the steps", "6 events"], ["waiting", "", ""]],
  );
  assert.equal(entries[1]?.summary, "Paused · Lunch.");
  assert.equal(entries[3]?.summary, "Paused · No. 0; Paused · No. 1; Paused · No. 2; Paused · No. 3; …");
  assert.equal(entriesOf([first], interludesOf([outside(1, 45)], [first]), NOW)[1]?.title, "After the last step");
});

test("the latest are held, up to what a page can bear, and none twice", async () => {
  const stored = Array.from({ length: 2_600 }, (_, index) => outside(index + 1, 5));
  const interludes = new Interludes();
  interludes.place([first]);
  await interludes.readAll(({ cursor, limit = 0, withoutInteraction, descending }) => {
    assert.ok(withoutInteraction === true && descending === true);
    const from = Number(cursor ?? 0);
    const data = stored.toReversed().slice(from, from + limit);
    return Promise.resolve({ data, nextCursor: from + limit < stored.length ? String(from + limit) : null });
  });
  const held = (): number[] => interludes.all.flatMap(({ events }) => events.map(({ id }) => id));
  assert.deepEqual([held().length, held()[0]], [2_000, 601]);
  assert.deepEqual(entriesOf([first], interludes.all, NOW).map(({ status }) => status), ["pending", "2,000 events and earlier ones"]);
  assert.equal(interludes.add([outside(2_600, 5), makeEvent(2_601)]), false);
  assert.equal(interludes.add([outside(2_602, 6)]), true);
  assert.deepEqual([held().length, held()[0], held().at(-1)], [2_000, 602, 2_602]);
  interludes.add([outside(2_603, 7, { text: "x".repeat(6 * 1024 * 1024) })]);
  assert.deepEqual(held(), [2_603]);
});

test("what happens while a step runs stands behind it, and says so", () => {
  const running = makeInteraction({ id: "running", insertedAt: at(1), claim: claimed(2) });
  assert.deepEqual(entriesOf([running], interludesOf([outside(1, 5)], [running]), NOW).map(({ title }) => title), ["run_tests", "Meanwhile"]);
});

test("where it stands does not change when a step that nobody took is skipped", () => {
  const skipped = { ...waiting, completedAt: at(50) };
  const place = (last: typeof waiting): string[] => interludesOf([outside(1, 40)], [first, second, last]).map(({ id }) => id);
  assert.deepEqual([place(waiting), place(skipped)], [["after-second"], ["after-second"]]);
});
