import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionStatus } from "../../../src/protocol";
import { agoOf, childrenOf, durationOf, holderOf, recordedFrom, shortTitleOf, titleOf, usageOf, whereOf } from "../../../src/sessions/words";
import { makeAsk, makeClaim, makeHead, makeInteraction, makeSource, makeType, MOMENT, NOW } from "../factories";

const names = { types: new Map([["component_test", "Component tests"]]), components: new Map([[3, "Calculator"]]) };

test("a title is the person's, else type and component, else what is known", () => {
  assert.equal(titleOf(makeHead({ title: "Mine" }), names), "Mine");
  assert.equal(titleOf(makeHead(), names), "Component tests · Calculator");
  assert.equal(titleOf(makeHead({ type: "gone", componentId: null }), names), "gone");
});

test("a workflow is called as in the session's own project, whatever another has of the same id", () => {
  const typesOfProjects = new Map([7, 8].map((id) => [id, new Map([["check", makeType({ id: "check", title: `Check ${id}` })]])]));
  const several = { ...names, types: new Map([["check", "Check 8"]]), typesOfProjects };
  const titles = [7, 8, 9, null].map((projectId) => titleOf(makeHead({ type: "check", componentId: null, projectId }), several));
  assert.deepEqual(titles, ["Check 7", "Check 8", "Check 8", "Check 8"]);
});

test("in a narrow place the name comes first and the kind last", () => {
  assert.deepEqual(shortTitleOf(makeHead(), names), { name: "Calculator", kind: "Component tests #1" });
  assert.deepEqual(shortTitleOf(makeHead({ title: "Mine" }), names), { name: "Mine", kind: "Component tests #1" });
  assert.deepEqual(shortTitleOf(makeHead({ componentId: null }), names), { name: "Component tests", kind: "#1" });
});

test("where a session is", () => {
  const claim = makeClaim(10_000);
  assert.equal(whereOf(makeHead(), NOW), "not started");
  assert.equal(whereOf(makeHead({ status: "cancelled" }), NOW), "cancelled");
  const step = makeInteraction({ attempt: 2 });
  assert.equal(whereOf(makeHead({ pendingInteraction: step, interactionCount: 1 }), NOW), "waiting at run_tests (attempt 2)");
  const running = makeHead({ pendingInteraction: makeInteraction({ claim }), interactionCount: 1 });
  assert.equal(whereOf(running, NOW), "run_tests");
  assert.equal(holderOf(running, NOW), "treadle run");
  const dead = makeInteraction({ claim: makeClaim(-1) });
  assert.equal(whereOf(makeHead({ pendingInteraction: dead, interactionCount: 1 }), NOW), "interrupted at run_tests");
});

test("a session that asks says what, once that is known", () => {
  const asking = makeHead({ openAskCount: 2, interactionCount: 1 });
  assert.equal(whereOf(asking, NOW), "asks something");
  const asks = [makeAsk(), makeAsk({ kind: "question", question: "Good?" })];
  assert.equal(whereOf(asking, NOW, asks), "asks: Bash: git push");
  assert.equal(whereOf(asking, NOW, asks.slice(1)), "asks: Good?");
  assert.equal(whereOf({ ...asking, status: "failed" }, NOW, asks), "failed");
});

test("what an agent has used reads well, as far as it is known", () => {
  assert.equal(usageOf(makeHead()), null);
  assert.equal(usageOf(makeHead({ costUsd: 0 })), "$0.0000");
  assert.equal(usageOf(makeHead({ costUsd: 12.345 })), "$12.35");
  assert.equal(usageOf(makeHead({ inputTokens: 1_000, outputTokens: 20 })), "1,000 tokens in (0 cached), 20 out");
});

test("what tells of a terminal is named, and what of it is silent", () => {
  assert.equal(recordedFrom([]), null);
  assert.equal(recordedFrom([makeSource("hooks", "waiting"), makeSource("telemetry", "off")]), null);
  assert.equal(recordedFrom([makeSource("hooks", "live"), makeSource("transcript", "live"), makeSource("output", "waiting")]), "hooks, transcript");
  assert.equal(recordedFrom([makeSource("hooks", "silent"), makeSource("transcript", "live"), makeSource("telemetry", "off")]), "transcript; hooks silent; telemetry off");
});

test("how far children are, the bad ones by their end", () => {
  const of = (...statuses: SessionStatus[]): string | null => childrenOf(statuses.map((status) => makeHead({ status })));
  assert.equal(of(), null);
  assert.equal(of("active", "complete", "complete"), "2 of 3 done");
  assert.equal(of("failed", "active"), "0 of 2 done, 1 failed");
  assert.equal(of("complete", "failed", "cancelled", "failed"), "1 of 4 done, 2 failed, 1 cancelled");
});

test("durations read well at every size", () => {
  const texts = [0, 1_540, 59_400, 61_000, 3_723_000].map(durationOf);
  assert.deepEqual(texts, ["0.0 s", "1.5 s", "59 s", "1 min 01 s", "1 h 02 min"]);
});

test("ages read well at every size", () => {
  const start = Date.parse(MOMENT);
  const texts = [10_000, 120_000, 7_200_000, 250_000_000].map((age) => agoOf(MOMENT, start + age));
  assert.deepEqual(texts, ["just now", "2 min ago", "2 h ago", "2 days ago"]);
});
