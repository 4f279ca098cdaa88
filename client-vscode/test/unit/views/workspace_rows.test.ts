import assert from "node:assert/strict";
import { test } from "vitest";
import type { EventType } from "../../../src/protocol";
import { ESSENTIAL } from "../../../src/views/blocks";
import { rowOf } from "../../../src/views/event_rows";
import { makeEvent } from "../factories";

function shown(eventType: EventType, data: Parameters<typeof rowOf>[0]["data"]): unknown[] {
  const { icon, title, file, text, tone } = rowOf(makeEvent(1, { eventType, data }), ESSENTIAL);
  return [icon, title, file?.path ?? null, text, tone];
}

test("what happens in the workspace reads as what it is", () => {
  assert.deepEqual(shown("file_modified", { path: "a.py" }), ["file", "Changed", "a.py", null, null]);
  assert.deepEqual(shown("file_modified", { path: "a.py", saved: true }), ["person", "Saved", "a.py", null, null]);
  assert.deepEqual(shown("file_created", { path: "b.py", renamed_from: "a.py" }), ["file", "Renamed", "b.py", "was a.py", null]);
  assert.deepEqual(shown("file_deleted", { path: "a.py", renamed_to: "b.py" }), ["file", "Renamed", "a.py", "is now b.py", null]);
  const many = { more_files: 151, folder: "src", modified: 100, created: 51 };
  assert.deepEqual(shown("file_modified", many), ["file", "151 files", null, "51 created · 100 modified · in src", null]);
});

test("a gap in the record is no failure of the session", () => {
  assert.deepEqual(shown("error_occurred", { kind: "events_dropped", count: 2, message: "2 events were not recorded." }), ["error", "Not recorded", null, "2 events were not recorded.", "warning"]);
});
