import assert from "node:assert/strict";
import { test } from "vitest";
import { type Block, checkedToPage, type Row } from "../../../webview/messages";
import type { AskView, EventType, JsonValue, SessionEventView } from "../../../src/protocol";
import { ESSENTIAL, WHOLE } from "../../../src/views/blocks";
import { isIn, withWhole } from "../../../src/views/row_text";
import { rowsOf } from "../../../src/views/timeline_rows";
import { makeAsk, makeEvent } from "../factories";

type Data = Record<string, JsonValue>;
type Told = readonly [EventType, Data];

function eventsOf(...told: readonly Told[]): SessionEventView[] {
  return told.map(([eventType, data], place) => makeEvent(place + 1, { eventType, data }));
}

function rows(told: readonly Told[], asks: readonly AskView[] = [], extent = ESSENTIAL): Row[] {
  return rowsOf(eventsOf(...told), asks).flatMap((source) => source.make(extent) ?? []);
}

function textOf(block: Block | undefined): string | undefined {
  return block?.kind === "diff" ? block.lines.map(({ sign, text }) => `${sign}${text}`).join("\n") : block?.text;
}

const call = (tool: string, input: Data, more: Data = {}): Told => ["tool_called", { tool_use_id: "t1", tool, input, ...more }];
const result = (content: JsonValue, more: Data = {}): Told => ["tool_result", { tool_use_id: "t1", tool: "x", is_error: false, content, duration_ms: 1_500, ...more }];

test("a call and its answer are one row, with what matters of it and the rest folded", () => {
  const [read, ...others] = rows([call("Read", { file_path: "a.py" }, { path: "a.py" }), result("one\ntwo")]);
  assert.deepEqual(others, []);
  assert.deepEqual([read?.id, read?.title, read?.file, read?.duration, read?.tone, read?.shown], ["t1", "Read", { path: "a.py", change: null }, "1.5 s", null, []]);
  assert.deepEqual(read?.folded.map((block) => [block.label, textOf(block)]), [["Input", '{\n  "file_path": "a.py"\n}'], ["Result", "one\ntwo"]]);
  const [grep] = rows([call("Grep", { pattern: "median", path: "src" }), result("src/a.py:1")]);
  assert.deepEqual([grep?.text, grep?.icon], ["median in src", "search"]);
});

test("a call without an answer runs, and an answer without its call is told still", () => {
  assert.deepEqual(rows([call("Read", {})]).map(({ tone }) => tone), ["running"]);
  assert.deepEqual(rows([result("late")]).map(({ title, tone }) => [title, tone]), [["x", null]]);
});

test("an edit shows what it takes out and puts in, and the file that it changed", () => {
  const file: Told = ["file_modified", { path: "src/a.py", tool_use_id: "t1", tool: "Edit", lines_added: 1, lines_removed: 1 }];
  const [edit, ...others] = rows([call("Edit", { file_path: "/p/src/a.py", old_string: "a\nb\nc", new_string: "a\nB\nc" }, { path: "src/a.py" }), result("ok"), file]);
  assert.deepEqual(others, []);
  assert.deepEqual(edit?.file, { path: "src/a.py", change: "+1 −1" });
  assert.equal(textOf(edit.shown[0]), " a\n-b\n+B\n c");
  const [write] = rows([call("Write", { file_path: "b.py", content: "one\ntwo\n" })]);
  assert.equal(textOf(write?.shown[0]), "+one\n+two");
  const [several] = rows([call("MultiEdit", { edits: [{ old_string: "a", new_string: "b" }, { old_string: "c", new_string: "d" }, 7] })]);
  assert.deepEqual(several?.shown.map(textOf), ["-a\n+b", "-c\n+d"]);
});

test("a change that was only seen, or of another file of the call, is a row of its own", () => {
  const seen = makeEvent(2, { eventType: "file_modified", source: "watcher", data: { path: "a.py", tool_use_id: "t1" } });
  const [begin] = eventsOf(call("Edit", { old_string: "a", new_string: "b" }));
  assert.ok(begin);
  assert.deepEqual(rowsOf([begin, seen], []).map(({ id }) => id), ["t1", "e2"]);
});

test("a shell's call shows its command, and its output reads on below it", () => {
  const about = { tool_use_id: "t1", tool: "Bash" };
  const told: Told[] = [
    call("Bash", { command: "pytest -q", description: "Run the tests" }),
    ["command_started", { command: "pytest -q", ...about }],
    ["command_output", { stream: "stdout", text: "F\n", ...about }],
    ["command_output", { stream: "stdout", text: "1 failed\n", ...about }],
    ["command_completed", { exit_code: 1, duration_ms: 300, ...about }],
    result("F\n1 failed", { is_error: true }),
  ];
  const [bash, output, ...others] = rows(told);
  assert.deepEqual(others, []);
  assert.deepEqual([bash?.text, bash?.tone, bash?.shown.map(textOf)], ["Run the tests · exit code 1", "error", ["$ pytest -q"]]);
  assert.deepEqual([output?.isMore, output?.kind, output?.shown.map(textOf)], [true, "command", ["F\n1 failed\n"]]);
});

test("the answer of a shell whose output was not told is shown where it failed, folded where it did not", () => {
  const failed = rows([call("Bash", { command: "x" }), result("x: not found", { is_error: true })])[0];
  assert.deepEqual(failed?.shown.map(textOf), ["$ x", "x: not found"]);
  const fine = rows([call("Bash", { command: "x" }), result("done")])[0];
  assert.deepEqual([fine?.shown.map(textOf), fine?.folded.map(textOf)], [["$ x"], ["done"]]);
  const refused = rows([call("Bash", { command: "x" }), result("Not here.", { is_error: true, refused: true })])[0];
  assert.deepEqual([refused?.tone, refused?.text], ["warning", "refused"]);
});

test("a long output is several rows, the same ones whatever part of it is held", () => {
  const events = Array.from({ length: 200 }, (_, place) => makeEvent(place + 1));
  const idsOf = (held: readonly SessionEventView[]): string[] => rowsOf(held, []).map(({ id }) => id);
  const all = idsOf(events);
  assert.ok(all.length > 4 && new Set(all).size === all.length);
  assert.deepEqual(idsOf(events.slice(90)), all.slice(-idsOf(events.slice(90)).length));
});

test("a step's own command is one row with how it ended; so is one in a terminal, as a person's", () => {
  const [own] = rows([["command_started", { argv: ["make", "test"], working_directory: "." }], ["command_completed", { exit_code: 0, duration_ms: 2_000 }]]);
  assert.deepEqual([own?.title, own?.text, own?.tone, own?.duration, own?.shown.map(textOf)], ["Command", "exit code 0", "ok", "2.0 s", ["$ make test"]]);
  const [theirs, ...others] = rows([
    ["command_started", { command: "ls", terminal: "bash", execution_id: "9", working_directory: "src" }],
    ["command_completed", { exit_code: 2, terminal: "bash", execution_id: "9" }],
  ]);
  assert.deepEqual([theirs?.icon, theirs?.title, theirs?.text, theirs?.tone, others], ["person", "In bash", "in src · exit code 2", "error", []]);
  assert.deepEqual(rows([["command_completed", { exit_code: 1 }]]).map(({ title, text }) => [title, text]), [["Command ended", "exit code 1"]]);
});

test("what a sub-agent does stands below the call that started it", () => {
  const by = { parent_tool_use_id: "t1", agent_type: "explorer" };
  const told: Told[] = [
    call("Task", { description: "Look around", prompt: "Find **all**." }),
    ["tool_called", { tool_use_id: "t2", tool: "Task", input: {}, ...by }],
    ["conversation_message_received", { text: "Here.", parent_tool_use_id: "t2", agent_type: "helper" }],
    result("Found."),
  ];
  assert.deepEqual(rows(told).map(({ title, depth, agent }) => [title, depth, agent]), [["Task", 0, null], ["Task", 1, "explorer"], ["Agent", 2, "helper"]]);
  assert.deepEqual(rows(told)[0]?.folded.map((block) => [block.kind, block.label, textOf(block)]), [["markdown", "Prompt", "Find **all**."], ["markdown", "Answer", "Found."]]);
  const round: Told[] = [["tool_called", { tool_use_id: "a", parent_tool_use_id: "b" }], ["tool_called", { tool_use_id: "b", parent_tool_use_id: "a" }]];
  assert.ok(rows(round).every(({ depth }) => depth <= 6));
});

test("a hook and its end are one row", () => {
  const hook = { hook_id: "h", hook_name: "format", hook_event: "PostToolUse" };
  const [row, ...others] = rows([["hook_triggered", hook], ["hook_completed", { ...hook, outcome: "blocked", exit_code: 2, stderr: "No." }]]);
  assert.deepEqual([row?.id, row?.kind, row?.text, row?.tone, row?.folded.map(textOf), others], ["e1", "hook", "format · PostToolUse · blocked", "warning", ["No."], []]);
});

test("what is asked is one row with its answer; while it is open it can be answered there", () => {
  const asked: Told = ["session_status_changed", { action: "asked", ask_id: 12, kind: "permission", tool: "Bash", command: "git push" }];
  const [open] = rows([asked], [makeAsk()]);
  assert.deepEqual(open?.ask, { id: 12, options: [{ name: "allow", title: "Allow" }, { name: "allow_session", title: "Allow in this session" }, { name: "deny", title: "Deny" }] });
  assert.equal(rows([asked])[0]?.ask, null);
  const answered: Told = ["session_status_changed", { action: "answered", ask_id: 12, kind: "permission", tool: "Bash", command: "git push", answer: "deny" }];
  assert.deepEqual(rows([asked, answered]).map(({ id, title, tone }) => [id, title, tone]), [["e1", "Answered: deny", "warning"]]);
});

test("a row is another one as soon as it says something else", () => {
  const [before] = rowsOf(eventsOf(call("Read", {})), []);
  const [after] = rowsOf(eventsOf(call("Read", {}), result("x")), []);
  assert.equal(before?.id, after?.id);
  assert.notEqual(before?.version, after?.version);
});

test("messages, files and errors tell what a person wants to know", () => {
  const rowOf = (...told: Told): Row | undefined => rows([told])[0];
  assert.deepEqual(rowOf("conversation_message_received", { text: "I **write**." })?.shown, [{ kind: "markdown", label: null, text: "I **write**.", isCut: false }]);
  const created = rowOf("file_created", { path: "tests/a.py", lines_added: 12, lines_removed: 0 });
  assert.deepEqual([created?.title, created?.file], ["Created", { path: "tests/a.py", change: "+12" }]);
  assert.equal(rowOf("file_modified", { path: "a", renamed_to: "b" })?.text, "is now b");
  assert.deepEqual([rowOf("file_created", { more_files: 40, created: 30, modified: 10, folder: "build" })?.title, rowOf("file_created", { more_files: 40, created: 30, modified: 10, folder: "build" })?.text], ["40 files", "30 created · 10 modified · in build"]);
  assert.deepEqual([rowOf("error_occurred", { message: "Overloaded" })?.tone, rowOf("error_occurred", { message: "Overloaded" })?.text], ["error", "Overloaded"]);
  assert.equal(rowOf("error_occurred", { kind: "api_retry", error: "overloaded", attempt: 2, max_retries: 10 })?.text, "overloaded · attempt 2 of 10");
  assert.equal(rowOf("conversation_ended", { num_turns: 3, duration_ms: 2_000, cost_usd: 0.5 })?.text, "3 turns · 2.0 s · $0.5000");
});

test("what a person did says who it was", () => {
  const by = { user_id: 1, client_id: "c", client_name: "VS Code" };
  const [skipped] = rows([["session_status_changed", { action: "skipped", by, reason: "not needed" }]]);
  assert.deepEqual([skipped?.icon, skipped?.title, skipped?.text], ["person", "Skipped", "by VS Code · not needed"]);
  const [taken] = rows([["session_status_changed", { action: "taken_over", by: { ...by, client_name: null }, from: { client_id: "dead", client_name: null } }]]);
  assert.deepEqual([taken?.title, taken?.text], ["Taken over", "from dead · by c"]);
});

test("a row holds a part of what is very long, and its document all of it", () => {
  const text = "line\n".repeat(20_000);
  const told: Told[] = [["conversation_message_received", { text }]];
  const [block] = rows(told)[0]?.shown ?? [];
  assert.ok(block?.isCut === true && (textOf(block)?.length ?? 0) <= ESSENTIAL.characters);
  assert.equal(textOf(rows(told, [], WHOLE)[0]?.shown[0]), text);
});

test("what a tool is called, and how much it says that it changed, harms nothing", () => {
  for (const tool of ["__proto__", "constructor", "hasOwnProperty"]) {
    const [row] = rows([call(tool, {}), ["file_modified", { path: "a", lines_added: 1e21, lines_removed: -5 }]]);
    assert.deepEqual([row?.title, row?.icon], [tool, "tool"]);
    const section = { stepId: "a", order: [], rows: rows([call(tool, {}), ["file_modified", { path: "a", lines_added: 1e21, lines_removed: -5 }]]), hasEarlier: false, hasLater: false };
    assert.ok("message" in checkedToPage({ kind: "section", section }));
  }
});

test("data that a reader does not expect harms nothing", () => {
  const odd: Data[] = [{}, { text: 7 }, { path: ["a"] }, { tool: {}, input: "x", tool_use_id: 3 }, { tool_use_id: "__proto__", tool: "constructor", parent_tool_use_id: "__proto__", content: [[{ text: {} }]] }, { argv: [{}] }, { action: "asked", ask_id: {} }, { todos: [7, null] }];
  const types: EventType[] = ["conversation_started", "conversation_message_received", "tool_called", "tool_result", "file_deleted", "command_started", "command_output", "command_completed", "hook_completed", "session_status_changed", "later_version" as EventType];
  for (const type of types) {
    for (const data of odd) {
      const told = rows([[type, data], [type, { ...data, input: { todos: [7], edits: [null], old_string: 1 } }]]);
      const section = { stepId: "a", order: [], rows: told, hasEarlier: false, hasLater: false };
      assert.ok("message" in checkedToPage({ kind: "section", section }), JSON.stringify([type, data]));
    }
  }
});

test("a person finds what they see, in whatever case it is written", () => {
  const [row = null] = rows([call("Edit", { old_string: "Alpha", new_string: "Beta" }, { path: "src/Gamma.py" })]);
  assert.deepEqual(["alpha", "beta", "gamma.py", "edit", "old_string"].map((sought) => isIn(row, sought)), [true, true, true, true, false]);
  assert.ok(!isIn(null, "a"));
});

test("a text stands in the place of the part of it, and one of which nothing is there behind all", () => {
  const [row] = rowsOf([makeEvent(1, { eventType: "conversation_message_received", data: { text: "one …\ntwo …" } })], []).flatMap((source) => source.make(ESSENTIAL) ?? []);
  assert.ok(row !== undefined);
  const whole = withWhole(row, [
    { place: "content.0.text", part: "one …", text: "one and $& more" },
    { place: "content.1.text", part: "two …", text: "two and more" },
    { place: "stderr", part: null, text: "b" },
    { place: "stdout", part: "not in it", text: "c" },
  ]);
  const texts = [...whole.shown, ...whole.folded].map(({ label, ...block }) => [label, "text" in block ? block.text : ""]);
  assert.deepEqual(texts, [[null, "one and $& more\ntwo and more"], ["stderr", "b"], ["stdout", "c"]]);
  assert.deepEqual(withWhole(row, []), row);
});
