import assert from "node:assert/strict";
import { test } from "vitest";
import { proposedEdit } from "../../../src/sessions/proposed_edit";
import type { JsonValue } from "../../../src/protocol";
import { makeAsk } from "../factories";

const FILE = { file_path: "/calculator/a.py" };

function after(input: JsonValue, before: string): string | null | undefined {
  return proposedEdit(makeAsk({ details: { input } }))?.after(before);
}

test("a file that is written is what is to be written", () => {
  assert.equal(after({ ...FILE, content: "new\n" }, "old\n"), "new\n");
  assert.equal(proposedEdit(makeAsk({ details: { input: { ...FILE, content: "" } } }))?.file, FILE.file_path);
});

test("an edit is made once or everywhere, with no sign in it read as anything else", () => {
  assert.equal(after({ ...FILE, old_string: "a", new_string: "$&" }, "a a"), "$& a");
  assert.equal(after({ ...FILE, old_string: "a", new_string: "$1", replace_all: true }, "a a"), "$1 $1");
  assert.equal(after({ ...FILE, old_string: "", new_string: "new" }, ""), "new");
});

test("several edits come one after the other", () => {
  const edits = [{ old_string: "a", new_string: "b" }, { old_string: "b", new_string: "c" }];
  assert.equal(after({ ...FILE, edits }, "a"), "c");
});

test("an edit of what the file does not hold cannot be shown", () => {
  assert.equal(after({ ...FILE, old_string: "gone", new_string: "x" }, "a"), null);
  assert.equal(after({ ...FILE, old_string: "", new_string: "x" }, "a"), null);
  assert.equal(after({ ...FILE, edits: [{ old_string: "b", new_string: "c" }, { old_string: "a", new_string: "d" }] }, "a"), null);
});

test("a text that came cut is not taken for the whole", () => {
  const cut = `${"x".repeat(7_999)}…`;
  assert.equal(after({ ...FILE, content: cut }, ""), undefined);
  assert.equal(after({ ...FILE, old_string: "a", new_string: cut }, "a"), undefined);
  assert.equal(after({ ...FILE, content: "short…" }, ""), "short…");
});

test("what is no edit of a file is none", () => {
  for (const input of [null, "x", {}, FILE, { content: "x" }, { ...FILE, edits: [] }, { ...FILE, edits: [7] }, { ...FILE, old_string: "a" }]) {
    assert.equal(proposedEdit(makeAsk({ details: { input } })), null, JSON.stringify(input));
  }
  assert.equal(proposedEdit(makeAsk({ details: {} })), null);
});
