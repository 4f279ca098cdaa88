import assert from "node:assert/strict";
import { test } from "vitest";
import type { EventType, InteractionView, JsonValue, SessionEventView } from "../../../src/protocol";
import { TouchedFiles } from "../../../src/sessions/touched_files";
import { OUTSIDE } from "../../../src/sessions/whole_record";
import { markdownOf } from "../../../src/views/record_markdown";
import { recordPageOf } from "../../../src/views/record_page";
import { makeEvent, makeHead, makeInteraction, makeResult, MOMENT, NOW } from "../factories";

const EXTENT = { characters: 2_000, lines: 30 };
const names = { types: new Map<string, string>(), components: new Map<number, string>(), sessionTypes: new Map() };

function event(id: number, eventType: EventType, data: Record<string, JsonValue>): SessionEventView {
  return makeEvent(id, { eventType, data });
}

function textOf(title: string, interactions: readonly InteractionView[], events: readonly SessionEventView[], leftOut = 0, outside: readonly SessionEventView[] = []): string {
  const session = makeHead({ title, status: "complete", interactionCount: interactions.length, eventCount: events.length + leftOut });
  const record = { session, interactions, sources: [], events: new Map([["step-1", events], [OUTSIDE, outside]]), files: new TouchedFiles(), leftOut };
  return markdownOf(recordPageOf(record, names, NOW, EXTENT));
}

const LATER = new Date(Date.parse(MOMENT) + 60_000).toISOString();
const DONE = { completedAt: MOMENT, result: makeResult({ durationMs: 1_500 }) };

function agentic(prompt: string): InteractionView {
  return makeInteraction({ ...DONE, step: "work", command: { id: "c", module: "work", command: "claude", metadata: { prompt }, timestamp: MOMENT } });
}

test("what was asked, what was done and how it ended, in that order", () => {
  const text = textOf("Add a flag", [agentic("Add a --json flag.\nRun the tests.")], [
    event(1, "conversation_message_received", { text: "I look at it first." }),
    event(2, "tool_called", { tool_use_id: "t1", tool: "Bash", input: { command: "pytest -q" }, summary: "pytest -q" }),
    event(3, "tool_result", { tool_use_id: "t1", tool: "Bash", content: "1 failed", is_error: true }),
    event(4, "session_status_changed", { agent_status: "idle" }),
  ]);
  const places = ["# Add a flag", "**complete**", "## 1. work ✓ ok, 1.5 s", "> Add a --json flag.\n> Run the tests.", "**Agent**", "> I look at it first.", "✗ **Bash**", "pytest -q"].map((part) => [part, text.indexOf(part)] as const);
  assert.deepEqual(places.filter(([, at]) => at < 0), [], text);
  assert.deepEqual(places.map(([, at]) => at), places.map(([, at]) => at).toSorted((one, other) => one - other), text);
  assert.ok(!text.includes("idle"), "What only says that something goes on is left out.");
});

test("what a person did between two steps stands between them; what only says how it stands does not", () => {
  const second = makeInteraction({ ...DONE, id: "step-2", position: 2, step: "finalize", insertedAt: LATER, completedAt: LATER });
  const between = makeEvent(5, { interactionId: null, eventType: "session_paused", data: { action: "paused", by: { client_name: "terminal" }, reason: "Lunch." } });
  const first = agentic("Add a flag.");
  const text = textOf("Add a flag", [first, second], [], 0, [between]);
  const heads = text.split("\n").filter((each) => each.startsWith("## "));
  assert.deepEqual(heads, ["## 1. work ✓ ok, 1.5 s", "## Between the steps", "## 2. finalize ✓ ok, 1.5 s"]);
  assert.match(text, /\*\*Paused\*\* by terminal · Lunch\./);
  const quiet = makeEvent(6, { interactionId: null, eventType: "session_status_changed", data: { new_status: "active" } });
  assert.ok(!textOf("Add a flag", [first, second], [], 0, [quiet]).includes("Between"));
});

test("nothing in a record is markup of the text that holds it", () => {
  const shell = makeInteraction({ ...DONE, command: { id: "c", module: "run_tests", command: "shell", metadata: { argv: ["echo", "`a`"] }, timestamp: MOMENT } });
  const text = textOf("# <b>bold</b> [x](y)\n## not a heading", [shell], [
    event(1, "command_started", { argv: ["echo", "`a`"], execution_id: "x" }),
    event(2, "command_output", { stream: "stdout", text: "```\n\u001b[31mred\u001b[0m\n# no heading\n", execution_id: "x" }),
    event(3, "conversation_message_received", { text: "# mine\n<script>alert(1)</script>" }),
  ]);
  assert.deepEqual(text.split("\n").filter((each) => each.startsWith("#")), ["# \\# \\<b\\>bold\\</b\\> \\[x\\](y) \\#\\# not a heading", "## 1. run\\_tests ✓ ok, 1.5 s", "# no heading"]);
  assert.match(text, /\n````\n```\nred\n# no heading\n````\n/);
  assert.match(text, /\n> # mine\n> <script>alert\(1\)<\/script>\n/);
});

test("what found no room is said", () => {
  assert.match(textOf("Long", [agentic("Go.")], [event(1, "conversation_message_received", { text: "a" })], 99_999), /> The last 99,999 of 100,000 events are not in here/);
});

test("a sub-agent's part stands below the one who sent it", () => {
  const text = textOf("Delegating", [agentic("Go.")], [
    event(1, "tool_called", { tool_use_id: "t1", tool: "Agent", input: { description: "Count", prompt: "Count." } }),
    event(2, "conversation_message_received", { text: "One folder.", parent_tool_use_id: "t1", agent_type: "general-purpose" }),
  ]);
  assert.match(text, /\n> general-purpose: \*\*Agent\*\*\n>\n> > One folder\.\n/);
});
