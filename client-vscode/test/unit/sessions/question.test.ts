import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "../../../src/protocol";
import { groupOf } from "../../../src/sessions/groups";
import { questionOf, shortQuestion } from "../../../src/sessions/question";
import { whereOf } from "../../../src/sessions/words";
import { makeClaim, makeHead, makeInteraction, makeResult, MOMENT, NOW } from "../factories";

const names = { approve: "ok", revise: "error" };
const answers = Object.entries(names).map(([name, status]) => ({ name, status }));

function asking(metadata: Record<string, JsonValue> = { question: "Good?\nSee the diff.\n", answers }) {
  return makeInteraction({ step: "approve", command: { id: "c", module: "approve", command: "ask", metadata, timestamp: MOMENT } });
}

test("a session asks by its pending step", () => {
  const head = makeHead({ pendingInteraction: asking(), interactionCount: 1 });
  assert.deepEqual(questionOf(head), { sessionId: 1, interactionId: "step-1", text: "Good?\nSee the diff.", answers: Object.keys(names) });
});

test("what is over, or no question, asks nothing", () => {
  const answered = { ...asking(), completedAt: MOMENT, result: makeResult() };
  const heads = [
    makeHead(),
    makeHead({ pendingInteraction: makeInteraction() }),
    makeHead({ pendingInteraction: answered }),
    makeHead({ pendingInteraction: { ...asking(), supersededAt: MOMENT } }),
    makeHead({ pendingInteraction: asking(), status: "cancelled" }),
  ];
  assert.deepEqual(heads.map(questionOf), heads.map(() => null));
});

test("a question that a reader does not expect harms nothing", () => {
  const metadata: Record<string, JsonValue>[] = [{}, { question: 3, answers: "yes" }, { answers: [null, "yes", { name: 3 }, { status: "ok" }] }];
  for (const each of metadata) {
    const question = questionOf(makeHead({ pendingInteraction: asking(each) }));
    assert.deepEqual([question?.text, question?.answers], ["", []]);
  }
  assert.deepEqual(questionOf(makeHead({ pendingInteraction: asking({ answers: [{ name: "yes" }] }) }))?.answers, ["yes"]);
});

test("a session that asks waits for the person at once, whoever holds the step", () => {
  const now = new Date(NOW).toISOString();
  for (const claim of [null, makeClaim(10_000)]) {
    const head = makeHead({ pendingInteraction: { ...asking(), claim }, interactionCount: 1, updatedAt: now });
    assert.equal(groupOf(head, NOW), "waiting");
    assert.equal(whereOf(head, NOW), "asks: Good?");
  }
  assert.equal(groupOf(makeHead({ pendingInteraction: asking(), pausedAt: MOMENT }), NOW), "paused");
});

test("in a narrow place a question is its first line, cut by characters", () => {
  assert.equal(shortQuestion({ text: "Good?\nSee the diff." }), "Good?");
  assert.equal(shortQuestion({ text: "😀".repeat(100) }, 5), "😀😀😀😀…");
  assert.equal(shortQuestion({ text: "one two three" }, 5), "one…");
});
