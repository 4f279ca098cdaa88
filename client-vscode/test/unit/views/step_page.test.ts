import assert from "node:assert/strict";
import { test } from "vitest";
import type { InteractionView } from "../../../src/protocol";
import { ESSENTIAL } from "../../../src/views/blocks";
import { endsOf, stepViewOf } from "../../../src/views/step_page";
import { summaryOf } from "../../../src/views/step_summary";
import { makeClaim, makeEvent, makeInteraction, makeResult, MOMENT, NOW } from "../factories";

function rowsAround(interaction: InteractionView, events = [makeEvent(1)]) {
  const { begin, end } = endsOf(interaction, NOW, events);
  return [begin, end].map((sources) => sources.map((source) => source.make(ESSENTIAL)));
}

test("a step shows what is executed in one line and what came of it", () => {
  const metadata = { argv: ["python", "-m", "pytest", "a file.py"] };
  const command = { id: "c", module: "run_tests", command: "shell", metadata, timestamp: MOMENT };
  const data = { failed: 2, skipped: 0, constructor: 4, num_turns: 3, text: "x", reports: {}, cost_usd: 0.25 };
  const result = makeResult({ status: "error", code: 1, errorMessage: "2 tests failed.", stdout: "F\n", data });
  const interaction = makeInteraction({ command, result, completedAt: MOMENT, attempt: 2, claim: makeClaim(0) });
  assert.deepEqual(stepViewOf(interaction, NOW), {
    id: "step-1",
    isInterlude: false,
    position: 1,
    title: "run_tests",
    attempt: 2,
    tone: "error",
    status: "error",
    command: "python -m pytest 'a file.py'",
    summary: "2 tests failed.",
    startedAt: Date.parse(MOMENT),
    durationMs: 1_500,
    costUsd: 0.25,
    canEdit: false,
  });
  const [before, after] = rowsAround(interaction);
  const row = after?.[0];
  assert.deepEqual(before, []);
  assert.deepEqual([row?.tone, row?.shown[0], row?.folded[0]], [
    "error",
    { kind: "code", label: null, text: "2 tests failed.", isCut: false },
    { kind: "terminal", label: "stdout", text: "F\n", isCut: false },
  ]);
  assert.deepEqual(row?.facts.map(({ label, value }) => [label, value]), [["Exit code", "1"], ["Failed", "2"], ["Constructor", "4"], ["Turns", "3"], ["Cost in $", "0.25"]]);
});

test("a step that waits can be edited, and one that somebody runs or ran cannot", () => {
  const canEdit = (values: Partial<InteractionView>): boolean => stepViewOf(makeInteraction(values), NOW).canEdit;
  assert.deepEqual([canEdit({}), canEdit({ claim: makeClaim(9_000) }), canEdit({ claim: makeClaim(-1) }), canEdit({ supersededAt: MOMENT }), canEdit({ completedAt: MOMENT })], [true, false, true, false, false]);
});

test("a result that says nothing new is no row", () => {
  assert.deepEqual(rowsAround(makeInteraction({ completedAt: MOMENT, result: makeResult({ code: null }) })), [[], [null]]);
  assert.deepEqual(rowsAround(makeInteraction()), [[], []]);
});

test("a long prompt is one line, and whole where the agent's record does not begin with it", () => {
  const prompt = `Write tests.\n${"detail\n".repeat(50)}`;
  const command = { id: "c", module: "generate", command: "claude", metadata: { prompt }, timestamp: MOMENT };
  const interaction = makeInteraction({ command, interrupted: true });
  assert.deepEqual([summaryOf(interaction, NOW).command, summaryOf(interaction, NOW).commandDetail, stepViewOf(interaction, NOW).status], ["Write tests.", prompt, "interrupted"]);
  assert.equal(rowsAround(interaction)[0]?.[0]?.title, "Prompt");
  assert.deepEqual(rowsAround(interaction, [makeEvent(1, { eventType: "conversation_message_sent" })])[0], []);
});

test("what is executed reads as a person says it", () => {
  const commandOf = (command: string, metadata: InteractionView["command"]["metadata"]): string => summaryOf(makeInteraction({ command: { id: "c", module: "m", command, metadata, timestamp: MOMENT } }), NOW).command;
  assert.equal(commandOf("read_file", { path: "docs/design/a.md" }), "read docs/design/a.md");
  assert.equal(commandOf("ask", { question: "Good?\nSee the diff." }), "Good?");
  assert.equal(commandOf("spawn_sessions", { child_session_ids: [4, 5, 6] }), "sessions 4, 5, 6");
  assert.equal(commandOf("spawn_sessions", { child_session_ids: null }), "spawn_sessions");
});

test("a step that lets sessions run names them, and what became of each", () => {
  const children = [
    { session_id: 4, title: "Parser", status: "complete", cost_usd: 0.1234, reason: null },
    { session_id: 5, title: null, status: "failed", cost_usd: 0, reason: "run_tests failed 5 times.\nThe last time too." },
    { session_id: 6, title: "Lexer", status: "active", cost_usd: null, reason: null, problem: "It has not ended." },
    { session_id: 7, status: "constructor" },
  ];
  const result = makeResult({ status: "pending", code: null, data: { verdict: "Not finished yet.", children } });
  const [row] = rowsAround(makeInteraction({ result }))[1] ?? [];
  assert.deepEqual(row?.facts, [{ label: "Verdict", value: "Not finished yet." }]);
  assert.deepEqual(row.children, [
    { sessionId: 4, title: "Parser", tone: "ok", status: "complete", text: "$0.12" },
    { sessionId: 5, title: "Session", tone: "error", status: "failed", text: "run_tests failed 5 times." },
    { sessionId: 6, title: "Lexer", tone: "muted", status: "active", text: "It has not ended." },
    { sessionId: 7, title: "Session", tone: "muted", status: "constructor", text: null },
  ]);
});

test("a result's children that a reader does not expect harm nothing", () => {
  const childrenOf = (children: never) => summaryOf(makeInteraction({ result: makeResult({ data: { children } }), completedAt: MOMENT }), NOW).result?.children;
  for (const children of [null, "none", 3, {}, [null, 7, "x", {}, { session_id: "4" }, [{ session_id: 4 }]]]) {
    assert.deepEqual(childrenOf(children as never), []);
  }
  const odd = [{ session_id: 4, title: [], status: {}, cost_usd: "1", reason: 7 }];
  assert.deepEqual(childrenOf(odd as never), [{ sessionId: 4, title: "Session", tone: "muted", status: "unknown", text: null }]);
});
