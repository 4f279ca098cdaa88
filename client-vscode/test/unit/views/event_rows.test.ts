import assert from "node:assert/strict";
import { test } from "vitest";
import type { EventType, JsonValue } from "../../../src/protocol";
import { ESSENTIAL } from "../../../src/views/blocks";
import { rowOf } from "../../../src/views/event_rows";
import { makeEvent } from "../factories";

function row(eventType: EventType, data: Record<string, JsonValue>) {
  const { title, text, shown, folded, file, tone } = rowOf(makeEvent(1, { eventType, data }), ESSENTIAL);
  return { title, text, shown, folded, file, tone };
}

test("events tell what a person wants to know", () => {
  const said = row("conversation_message_received", { text: "I write the **tests**." });
  assert.deepEqual(said, { title: "Agent", text: null, shown: [{ kind: "markdown", label: null, text: "I write the **tests**.", isCut: false }], folded: [], file: null, tone: null });
  const created = row("file_created", { path: "tests/test_a.py", lines_added: 12, lines_removed: 0 });
  assert.deepEqual([created.title, created.file], ["Created", { path: "tests/test_a.py", change: "+12" }]);
  assert.equal(row("error_occurred", { kind: "api_error", message: "Overloaded" }).text, "Overloaded");
  const denied = row("error_occurred", { kind: "permission_denied", tool: "Bash", summary: "rm -rf /", message: "Denied." });
  assert.deepEqual([denied.title, denied.text, denied.tone, denied.shown.length], ["Not allowed", "Bash · rm -rf /", "warning", 1]);
});

test("a prompt is told in one line, the whole of it folded", () => {
  const { text, folded, shown } = row("conversation_message_sent", { text: "Do this:\n\n1. Look.\n2. Write." });
  assert.deepEqual([text, shown, folded.map(({ kind }) => kind)], ["Do this: …", [], ["markdown"]]);
  assert.deepEqual(row("conversation_message_sent", { text: "Do this." }).folded, []);
});

test("what a person did says who it was", () => {
  const by = { user_id: 1, client_id: "c", client_name: "VS Code" };
  const skipped = rowOf(makeEvent(1, { eventType: "session_status_changed", data: { action: "skipped", by, reason: "not needed" } }), ESSENTIAL);
  assert.deepEqual([skipped.icon, skipped.title, skipped.text], ["person", "Skipped", "by VS Code · not needed"]);
  const from = { client_id: "dead", client_name: null };
  const taken = row("session_status_changed", { action: "taken_over", by: { ...by, client_name: null }, from });
  assert.deepEqual([taken.title, taken.text], ["Taken over", "from dead · by c"]);
});

test("data that a reader does not expect harms nothing", () => {
  const odd: Record<string, JsonValue>[] = [{}, { text: 7 }, { path: ["a"] }, { tool: {}, input: "x" }, { argv: [{}] }, { action: {} }];
  const types: EventType[] = ["conversation_started", "conversation_message_sent", "conversation_message_received", "conversation_ended", "file_deleted", "hook_completed", "error_occurred"];
  for (const type of types) {
    for (const data of odd) {
      assert.equal(typeof row(type, data).title, "string");
    }
  }
  const later = row("later_version" as EventType, { some: "thing" });
  assert.deepEqual([later.title, later.folded[0]?.kind], ["later_version", "code"]);
});
