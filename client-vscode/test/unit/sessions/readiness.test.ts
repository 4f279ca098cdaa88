import assert from "node:assert/strict";
import { test } from "vitest";
import { isOpen, isRunning, isWaiting, refusalOf } from "../../../src/sessions/readiness";
import { runProcessOf } from "../../../src/sessions/run_holder";
import { makeClaim, makeHead, makeInteraction, MOMENT, NOW } from "../factories";

const held = makeInteraction({ claim: makeClaim(10_000) });

test("a session that nobody runs waits for the person", () => {
  const head = makeHead({ pendingInteraction: makeInteraction() });
  assert.deepEqual([isWaiting(head, NOW), isRunning(head, NOW), isOpen(head)], [true, false, true]);
});

test("one that asks something waits, and is run all the same", () => {
  const head = makeHead({ pendingInteraction: held, openAskCount: 1 });
  assert.deepEqual([isWaiting(head, NOW), isRunning(head, NOW)], [true, true]);
});

test("a claim that ran out is no run", () => {
  const head = makeHead({ pendingInteraction: makeInteraction({ claim: makeClaim(-1) }) });
  assert.equal(isRunning(head, NOW), false);
});

test("why no run begins is said in a sentence", () => {
  assert.equal(refusalOf(makeHead({ status: "complete" }), NOW), "Session 1 is complete: it has nothing left to run.");
  assert.equal(refusalOf(makeHead({ pausedAt: MOMENT }), NOW), "Session 1 is paused. Resume it first.");
  assert.equal(refusalOf(makeHead({ pendingInteraction: held }), NOW), "Session 1 is being run by treadle run.");
  assert.equal(refusalOf(makeHead({ interactionCount: 1, updatedAt: new Date(NOW).toISOString() }), NOW), "Session 1 is running.");
});

test("the process of a run is known by the name of its claim, on its own computer only", () => {
  const named = (clientName: string | null) => ({ ...makeClaim(10_000), clientName });
  assert.equal(runProcessOf(named("treadle run, process 4711 on desk"), "desk"), 4711);
  assert.equal(runProcessOf(named(`treadle run, process 4711 on ${"x".repeat(60)}`), "x".repeat(64)), 4711);
  for (const name of ["treadle run, process 4711 on desk", "neovim", "treadle run, process x on laptop", null]) {
    assert.equal(runProcessOf(named(name), "laptop"), null);
  }
  assert.equal(runProcessOf(null, "laptop"), null);
});
