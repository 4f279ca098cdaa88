import assert from "node:assert/strict";
import { test } from "vitest";
import type { CommandView, JsonValue } from "../../../src/protocol";
import { pathOfStep, stepEditOf, stepOfPath, stepTextOf } from "../../../src/sessions/step_text";
import { makeInteraction, MOMENT } from "../factories";

function makeCommand(command: string, metadata: Record<string, JsonValue> = {}): CommandView {
  return { id: "command-1", module: "run_tests", command, metadata, timestamp: MOMENT };
}

test("a command of words is edited as a JSON list, one a line", () => {
  const command = makeCommand("shell", { argv: ["pytest", "a b", "ü"], timeout_s: 5 });
  assert.deepEqual(stepTextOf(command), { ending: "json", text: '[\n  "pytest",\n  "a b",\n  "ü"\n]\n' });
  assert.deepEqual(stepEditOf(command, '["pytest", "-x"]'), { metadata: { argv: ["pytest", "-x"] } });
});

test("what is no list of words is refused with a sentence", () => {
  const command = makeCommand("shell", { argv: ["pytest"] });
  for (const text of ["", "pytest -x", "[]", "[1]", '{"argv": []}', '["a",]']) {
    assert.throws(() => stepEditOf(command, text), { code: "invalid_params", message: /JSON list of its words/ }, text);
  }
});

test("an agent's step is edited as its prompt", () => {
  const command = makeCommand("claude", { prompt: "Write tests.\n", conversation: "new" });
  assert.deepEqual(stepTextOf(command), { ending: "md", text: "Write tests.\n" });
  assert.deepEqual(stepEditOf(command, "Write more.\n"), { metadata: { prompt: "Write more.\n" } });
});

test("a line for a shell is edited as it is, and never emptied", () => {
  const command = makeCommand("make test && make lint");
  assert.deepEqual(stepTextOf(command), { ending: "sh", text: "make test && make lint\n" });
  assert.deepEqual(stepEditOf(command, "make test\n"), { command: "make test" });
  assert.throws(() => stepEditOf(command, " \n"), { code: "invalid_params" });
});

test("a question and a file's name are edited, without the line's end that editors add", () => {
  assert.deepEqual(stepEditOf(makeCommand("ask", { question: "Ship it?" }), "Ship it now?\n"), { metadata: { question: "Ship it now?" } });
  assert.deepEqual(stepEditOf(makeCommand("read_file", { path: "a.md" }), "b.md\n"), { metadata: { path: "b.md" } });
});

test("where nothing is executed there is nothing to edit", () => {
  assert.equal(stepTextOf(makeCommand("noop")), null);
  assert.equal(stepTextOf(makeCommand("spawn_sessions", { child_session_ids: [2] })), null);
  assert.equal(stepTextOf(makeCommand("claude", {})), null);
});

test("the place of a step's text leads back to it", () => {
  const step = makeInteraction({ id: "step-9", sessionId: 4 });
  const place = pathOfStep(step, { ending: "json", text: "" });
  assert.equal(place, "/4/step-9/run_tests.json");
  assert.deepEqual(stepOfPath(place), { sessionId: 4, interactionId: "step-9" });
  for (const other of ["/", "/x/step-9/a.json", "/4/a.json"]) {
    assert.equal(stepOfPath(other), null);
  }
});
