import assert from "node:assert/strict";
import { test } from "vitest";
import { contextOf } from "../../../src/sessions/context";
import { makeClaim, makeHead, makeInteraction, MOMENT, NOW } from "../factories";

const command = { id: "c", module: "work", command: "claude", metadata: {}, timestamp: MOMENT };
const running = makeHead({ id: 2, interactionCount: 1, pendingInteraction: makeInteraction({ command, claim: makeClaim(10_000) }) });

function held(sessions: Parameters<typeof contextOf>[0]): string[] {
  return Object.entries(contextOf(sessions, NOW)).filter(([, value]) => value).map(([key]) => key);
}

test("without sessions nothing holds, and every key is there", () => {
  assert.deepEqual(held([]), []);
  assert.equal(Object.keys(contextOf([], NOW)).length, 9);
});

test("each state of a session is told", () => {
  assert.deepEqual(held([makeHead()]), ["hasSessions", "hasActive", "hasWaiting", "hasAgentic"]);
  assert.deepEqual(held([makeHead({ executionMode: "manual" })]), ["hasSessions", "hasActive", "hasWaiting", "hasManual"]);
  assert.deepEqual(held([running]), ["hasSessions", "hasActive", "hasRunning", "hasAgentic", "hasAgent"]);
  assert.deepEqual(held([makeHead({ pausedAt: MOMENT })]), ["hasSessions", "hasActive", "hasPaused"]);
  assert.deepEqual(held([makeHead({ status: "failed" })]), ["hasSessions", "hasFinished"]);
});

test("what holds of one of them holds", () => {
  assert.deepEqual(held([makeHead({ status: "complete" }), running]), ["hasSessions", "hasActive", "hasRunning", "hasFinished", "hasAgentic", "hasAgent"]);
});
