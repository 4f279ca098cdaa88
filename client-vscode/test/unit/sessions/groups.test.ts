import assert from "node:assert/strict";
import { test } from "vitest";
import { agentStepOf, type Group, groupOf, isInterrupted, nextChangeAt } from "../../../src/sessions/groups";
import { makeClaim, makeHead, makeInteraction, MOMENT, NOW } from "../factories";

const claimed = makeInteraction({ claim: makeClaim(10_000) });
const expired = makeInteraction({ claim: makeClaim(-1) });
const now = new Date(NOW).toISOString();

const cases: [string, Parameters<typeof makeHead>[0], Group][] = [
  ["a new session waits", {}, "waiting"],
  ["a claimed step runs", { pendingInteraction: claimed, interactionCount: 1 }, "running"],
  ["a claim that ran out waits", { pendingInteraction: expired, interactionCount: 1 }, "waiting"],
  ["between two steps it still runs", { interactionCount: 1, updatedAt: now }, "running"],
  ["a session by hand waits for the person between two steps", { executionMode: "manual", interactionCount: 1, updatedAt: now }, "waiting"],
  ["a pending step that nobody takes waits", { interactionCount: 1, pendingInteraction: makeInteraction() }, "waiting"],
  ["a step that was made just now is about to be taken", { interactionCount: 1, pendingInteraction: makeInteraction({ insertedAt: now }) }, "running"],
  ["a session that is renamed while it waits at a step goes on waiting", { interactionCount: 1, updatedAt: now, pendingInteraction: makeInteraction() }, "waiting"],
  ["a session nobody ran waits at once", { updatedAt: now }, "waiting"],
  ["a session that asks waits, also while its agent works", { pendingInteraction: claimed, interactionCount: 1, openAskCount: 1 }, "waiting"],
  ["paused wins over claimed", { pausedAt: MOMENT, pendingInteraction: claimed }, "paused"],
  ["finished wins over all", { status: "failed", pausedAt: MOMENT, pendingInteraction: claimed }, "finished"],
];

for (const [name, values, group] of cases) {
  test(name, () => assert.equal(groupOf(makeHead(values), NOW), group));
}

test("an agent works in a step of its own kind as long as somebody holds it", () => {
  const command = { id: "c", module: "work", command: "claude", metadata: {}, timestamp: MOMENT };
  const working = makeHead({ pendingInteraction: { ...claimed, command } });
  assert.equal(agentStepOf(working, NOW)?.id, "step-1");
  assert.equal(agentStepOf(working, NOW + 20_000), null);
  assert.equal(agentStepOf(makeHead({ pendingInteraction: claimed }), NOW), null);
  assert.equal(agentStepOf({ ...working, status: "cancelled" }, NOW), null);
  assert.equal(agentStepOf({ ...working, executionMode: "manual" }, NOW), null);
});

test("an interrupted step is no pause between steps", () => {
  const head = makeHead({ interactionCount: 1, updatedAt: now, pendingInteraction: makeInteraction({ interrupted: true }) });
  assert.equal(groupOf(head, NOW), "waiting");
  assert.ok(isInterrupted(head.pendingInteraction, NOW));
});

test("a running session changes by time when its claim runs out, a waiting one never", () => {
  const running = makeHead({ pendingInteraction: claimed, interactionCount: 1 });
  assert.equal(nextChangeAt(running, NOW), NOW + 10_000);
  assert.equal(nextChangeAt(makeHead(), NOW), null);
});
