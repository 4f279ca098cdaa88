import assert from "node:assert/strict";
import { test } from "node:test";
import type { EventType, JsonValue } from "../../../src/protocol";
import { rowOf } from "../../../src/views/event_rows";
import { headerOf, stepViewOf } from "../../../src/views/session_page";
import { makeAsk, makeClaim, makeEvent, makeHead, makeInteraction, makeResult, makeType, MOMENT, NOW } from "../factories";

const names = { types: new Map([["component_test", "Component tests"]]), components: new Map([[3, "Calculator"]]) };

function row(eventType: EventType, data: Record<string, JsonValue>) {
  const { title, text, detail, file, tone } = rowOf(makeEvent(1, { eventType, data }));
  return { title, text, detail, file, tone };
}

test("the workflow's line shows how far it came; a detour only when it was taken", () => {
  const routes = { ok: null, warning: null, error: null };
  const step = (name: string, detour = false) => ({ name, kind: "shell", detour, routes, maxAttempts: 5 });
  const type = makeType({ steps: [step("initialize"), step("run_tests"), step("fix_tests", true), step("finalize")] });
  const done = makeInteraction({ id: "a", step: "initialize", completedAt: MOMENT, result: makeResult() });
  const running = makeInteraction({ id: "b", position: 2, claim: makeClaim(9_000) });
  const head = makeHead({ pendingInteraction: running, interactionCount: 2 });
  const header = headerOf(head, [done, running], type, names, NOW);
  assert.equal(header.title, "Component tests · Calculator");
  assert.deepEqual(header.status, { tone: "running", text: "running" });
  assert.deepEqual(
    header.path.map(({ name, tone }) => [name, tone]),
    [["initialize", "ok"], ["run_tests", "running"], ["finalize", null]],
  );
  assert.deepEqual(header.actions, []);
  assert.deepEqual(headerOf(makeHead(), [], type, names, NOW).actions, ["run"]);
});

test("a step shows what is executed in one line and what came of it", () => {
  const metadata = { argv: ["python", "-m", "pytest", "a file.py"] };
  const command = { id: "c", module: "run_tests", command: "shell", metadata, timestamp: MOMENT };
  const result = makeResult({ status: "error", code: 1, errorMessage: "2 tests failed.", stdout: "F\n", data: { failed: 2, skipped: 0, constructor: 4, num_turns: 3, text: "x", reports: {} } });
  const view = stepViewOf(makeInteraction({ command, result, completedAt: MOMENT, attempt: 2 }), NOW);
  assert.deepEqual(view, {
    id: "step-1",
    title: "run_tests",
    attempt: 2,
    tone: "error",
    status: "error",
    command: "python -m pytest 'a file.py'",
    commandDetail: null,
    startedAt: MOMENT,
    duration: "1.5 s",
    result: {
      message: "2 tests failed.",
      facts: [{ label: "Exit code", value: "1" }, { label: "Failed", value: "2" }, { label: "Constructor", value: "4" }, { label: "Turns", value: "3" }],
      children: [],
      output: "F\n",
    },
  });
});

test("a step that lets sessions run names them, and then what became of each", () => {
  const metadata = { child_session_ids: [4, 5, 6], session_type: "component_test", max_parallel: 3 };
  const command = { id: "c", module: "spawn_tests", command: "spawn_sessions", metadata, timestamp: MOMENT };
  const waiting = stepViewOf(makeInteraction({ step: "spawn_tests", command }), NOW);
  assert.deepEqual([waiting.title, waiting.command, waiting.result], ["spawn_tests", "sessions 4, 5, 6", null]);
  const children = [
    { session_id: 4, title: "Parser", status: "complete", cost_usd: 0.1234, reason: null },
    { session_id: 5, title: null, status: "failed", cost_usd: 0, reason: "run_tests failed 5 times.\nThe last time too." },
    { session_id: 6, title: "Lexer", status: "active", cost_usd: null, reason: null, problem: "It has not ended." },
    { session_id: 7, status: "constructor" },
  ];
  const result = makeResult({ status: "pending", code: null, data: { verdict: "Not finished yet.", children } });
  const view = stepViewOf(makeInteraction({ command, result }), NOW).result;
  assert.deepEqual(view?.facts, [{ label: "Verdict", value: "Not finished yet." }]);
  assert.deepEqual(view.children, [
    { sessionId: 4, title: "Parser", tone: "ok", status: "complete", text: "$0.12" },
    { sessionId: 5, title: "Session", tone: "error", status: "failed", text: "run_tests failed 5 times." },
    { sessionId: 6, title: "Lexer", tone: "muted", status: "active", text: "It has not ended." },
    { sessionId: 7, title: "Session", tone: "muted", status: "constructor", text: null },
  ]);
});

test("a result's children that a reader does not expect harm nothing", () => {
  for (const children of [null, "none", 3, {}, [null, 7, "x", {}, { session_id: "4" }, [{ session_id: 4 }]]]) {
    const result = makeResult({ data: { children } });
    assert.deepEqual(stepViewOf(makeInteraction({ result, completedAt: MOMENT }), NOW).result?.children, []);
  }
  const odd = makeResult({ data: { children: [{ session_id: 4, title: [], status: {}, cost_usd: "1", reason: 7 }] } });
  const [child] = stepViewOf(makeInteraction({ result: odd, completedAt: MOMENT }), NOW).result?.children ?? [];
  assert.deepEqual(child, { sessionId: 4, title: "Session", tone: "muted", status: "unknown", text: null });
  const command = { id: "c", module: "m", command: "spawn_sessions", metadata: { child_session_ids: null }, timestamp: MOMENT };
  assert.equal(stepViewOf(makeInteraction({ command }), NOW).command, "spawn_sessions");
});

test("a file that is read reads as that", () => {
  const command = { id: "c", module: "read", command: "read_file", metadata: { path: "docs/design/a.md" }, timestamp: MOMENT };
  assert.equal(stepViewOf(makeInteraction({ command }), NOW).command, "read docs/design/a.md");
});

test("a session without a component has a page like any other", () => {
  const type = makeType({ id: "task", title: "Task", needsComponent: false });
  const known = { types: new Map([["task", "Task"]]), components: new Map<number, string>() };
  const head = makeHead({ type: "task", componentId: null });
  assert.equal(headerOf(head, [], type, known, NOW).title, "Task");
  assert.equal(headerOf({ ...head, title: "Add a flag" }, [], undefined, known, NOW).title, "Add a flag");
});

test("a step that asks shows its question, and the page offers to answer", () => {
  const command = { id: "c", module: "approve", command: "ask", metadata: { question: "Good?\nSee the diff.", answers: [] }, timestamp: MOMENT };
  const pending = makeInteraction({ step: "approve", command });
  const view = stepViewOf(pending, NOW);
  assert.deepEqual([view.command, view.commandDetail], ["Good?", "Good?\nSee the diff."]);
  const head = makeHead({ pendingInteraction: pending, interactionCount: 1, openAskCount: 1 });
  const header = headerOf(head, [pending], undefined, names, NOW, [makeAsk({ kind: "question", question: "Good?" })]);
  assert.deepEqual([header.status, header.actions], [{ tone: "waiting", text: "asks: Good?" }, ["answer"]]);
});

test("to an agent that works something can be said, also while it asks; the header has what it has used", () => {
  const command = { id: "c", module: "work", command: "claude", metadata: { prompt: "Work." }, timestamp: MOMENT };
  const working = makeInteraction({ step: "work", command, claim: makeClaim(9_000) });
  const head = makeHead({ pendingInteraction: working, interactionCount: 1, costUsd: 0.0421, inputTokens: 1_200, cachedTokens: 30_000, outputTokens: 800 });
  const header = headerOf(head, [working], undefined, names, NOW);
  assert.deepEqual(header.actions, ["say"]);
  assert.equal(header.facts.find(({ label }) => label === "Agent")?.value, "$0.0421 · 31,200 tokens in (30,000 cached), 800 out");
  const asking = headerOf({ ...head, openAskCount: 1 }, [working], undefined, names, NOW, [makeAsk()]);
  assert.deepEqual([asking.actions, asking.status.text], [["answer", "say"], "asks: Bash: git push"]);
});

test("a long prompt keeps its first line in view and the whole at hand", () => {
  const prompt = `Write tests.\n${"detail\n".repeat(50)}`;
  const command = { id: "c", module: "generate", command: "claude", metadata: { prompt }, timestamp: MOMENT };
  const view = stepViewOf(makeInteraction({ command, interrupted: true }), NOW);
  assert.equal(view.command, "Write tests.");
  assert.equal(view.commandDetail, prompt);
  assert.equal(view.status, "interrupted");
});

test("events tell what a person wants to know", () => {
  assert.deepEqual(row("conversation_message_received", { text: "I write the tests." }), {
    title: "Agent", text: "I write the tests.", detail: null, file: null, tone: null,
  });
  const called = row("tool_called", { tool: "Write", path: "tests/test_a.py", input: { content: "x" } });
  assert.equal(called.title, "Write");
  assert.equal(called.text, "tests/test_a.py");
  assert.match(called.detail ?? "", /"content": "x"/);
  assert.deepEqual(row("file_created", { path: "tests/test_a.py", lines_added: 12, lines_removed: 0 }), {
    title: "Created", text: "+12", detail: null, file: "tests/test_a.py", tone: null,
  });
  assert.equal(row("command_completed", { exit_code: 1, duration_ms: 2_000 }).text, "exit code 1 · 2.0 s");
  assert.equal(row("command_completed", { exit_code: 1 }).tone, "error");
  assert.equal(row("error_occurred", { kind: "api_error", message: "Overloaded" }).text, "Overloaded");
});

test("a tool's answer is read as text or as blocks, and a refusal is told", () => {
  assert.deepEqual(row("tool_result", { tool: "Read", content: "one\ntwo", is_error: false }), {
    title: "Result", text: "one …", detail: "one\ntwo", file: null, tone: null,
  });
  const refused = row("tool_result", { content: [{ type: "text", text: "Not here." }], is_error: true, refused: true });
  assert.deepEqual(refused, { title: "Refused", text: "Not here.", detail: null, file: null, tone: "error" });
  const denied = row("error_occurred", { kind: "permission_denied", tool: "Bash", summary: "rm -rf /", message: "Denied." });
  assert.deepEqual(denied, { title: "Not allowed", text: "Bash · rm -rf /", detail: "Denied.", file: null, tone: "warning" });
});

test("output keeps its stream, so that pieces read on as one text", () => {
  assert.deepEqual(rowOf(makeEvent(1)).output, { stream: "stdout", text: "line 1\n" });
});

test("what a person did says who it was", () => {
  const by = { user_id: 1, client_id: "c", client_name: "VS Code" };
  const skipped = rowOf(makeEvent(1, { eventType: "session_status_changed", data: { action: "skipped", by, reason: "not needed" } }));
  assert.deepEqual([skipped.icon, skipped.title, skipped.text], ["person", "Skipped", "by VS Code · not needed"]);
  const from = { client_id: "dead", client_name: null };
  const taken = row("session_status_changed", { action: "taken_over", by: { ...by, client_name: null }, from });
  assert.deepEqual([taken.title, taken.text], ["Taken over", "from dead · by c"]);
});

test("data that a reader does not expect harms nothing", () => {
  const odd: Record<string, JsonValue>[] = [{}, { text: 7 }, { path: ["a"] }, { tool: {}, input: "x" }, { argv: [{}] }];
  const types: EventType[] = ["conversation_started", "tool_called", "tool_result", "file_deleted", "command_started", "hook_completed"];
  for (const type of types) {
    for (const data of odd) {
      assert.equal(typeof row(type, data).title, "string");
    }
  }
  assert.equal(rowOf(makeEvent(1, { eventType: "later_version" as EventType })).title, "later_version");
});
