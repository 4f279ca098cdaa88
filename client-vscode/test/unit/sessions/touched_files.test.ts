import assert from "node:assert/strict";
import { test } from "vitest";
import type { JsonValue, SessionEventView } from "../../../src/protocol";
import type { ReadEvents } from "../../../src/sessions/event_window";
import { TouchedFiles } from "../../../src/sessions/touched_files";
import { makeEvent } from "../factories";

const changed = (id: number, data: Record<string, JsonValue>): SessionEventView => makeEvent(id, { eventType: "file_modified", data });
const told = (files: TouchedFiles): unknown[] => [[...files.paths], files.added, files.removed];

/** One event a page. */
function reading(events: readonly SessionEventView[]): ReadEvents {
  return ({ cursor }) => {
    const at = Number(cursor ?? 0);
    return Promise.resolve({ data: events.slice(at, at + 1), nextCursor: at + 1 < events.length ? String(at + 1) : null });
  };
}

test("each file counts once, and each line of each change", async () => {
  const files = new TouchedFiles();
  await files.readAll(reading([changed(1, { path: "a", lines_added: 2 }), changed(2, { path: "a", lines_added: 1, lines_removed: 3 }), changed(5, { path: "b" })]));
  assert.deepEqual(told(files), [["a", "b"], 3, 3]);
});

test("what was counted is not counted again, neither by the tail nor by reading anew", async () => {
  const files = new TouchedFiles();
  const events = [changed(1, { path: "a", lines_added: 2 }), changed(4, { path: "b", lines_added: 1 })];
  await files.readAll(reading(events));
  assert.ok(!files.addLater([...events, makeEvent(9)]));
  assert.ok(files.addLater([changed(4, { path: "b", lines_added: 1 }), changed(6, { path: "c", lines_removed: 1 })]));
  assert.deepEqual(told(files), [["a", "b", "c"], 3, 1]);
  await files.readAll(reading(events));
  assert.deepEqual(told(files), [["a", "b"], 3, 0]);
});

test("numbers that are none, and paths that are none, count nothing", () => {
  const files = new TouchedFiles();
  files.add([changed(1, { path: 7, lines_added: "2", lines_removed: -1 }), changed(2, { path: "a", lines_added: 1e21, lines_removed: 1.5 })]);
  assert.deepEqual(told(files), [["a"], 0, 0]);
});

test("of a record without end only so much is counted", async () => {
  const files = new TouchedFiles();
  let pages = 0;
  await files.readAll(() => Promise.resolve({ data: [changed((pages += 1), { path: `f${pages}` })], nextCursor: "more" }));
  assert.equal(pages, 20);
});
