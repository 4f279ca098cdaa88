import assert from "node:assert/strict";
import { describe, test } from "vitest";
import { WorkedSessions } from "../../../src/forwarding/worked_sessions";
import type { SessionHead } from "../../../src/protocol";
import { makeHead, makeInteraction, MOMENT } from "../factories";

const START = Date.parse(MOMENT);
const SECOND = 1_000;
const HOUR = 60 * 60 * SECOND;

function at(milliseconds: number): string {
  return new Date(START + milliseconds).toISOString();
}

/** Its step is carried out since then. */
function held(id: number, since: number, values: Partial<SessionHead> = {}): SessionHead {
  const claim = { clientId: "runner", clientName: "treadle run", claimedAt: at(since), expiresAt: at(since + HOUR) };
  return makeHead({ id, interactionCount: 1, pendingInteraction: makeInteraction({ id: `step-${id}`, sessionId: id, claim }), ...values });
}

function waiting(id: number, updatedAt: number, values: Partial<SessionHead> = {}): SessionHead {
  return makeHead({ id, interactionCount: 1, updatedAt: at(updatedAt), ...values });
}

function looking(...looks: readonly (readonly [number, ...SessionHead[]])[]): WorkedSessions {
  const worked = new WorkedSessions();
  looks.forEach(([now, ...heads]) => worked.look(heads, START + now));
  return worked;
}

function ids(worked: WorkedSessions, time: number, now = time): unknown[] {
  return worked.at(7, START + time, START + now).map(({ sessionId, isHeld }) => [sessionId, isHeld ? "held" : "waits"]);
}

describe("what happens belongs to", () => {
  test("the session whose step runs, with that step", () => {
    const worked = looking([0, held(1, 0), waiting(2, 5 * SECOND)]);
    assert.deepEqual(worked.at(7, START + SECOND, START + SECOND), [{ sessionId: 1, interactionId: "step-1", isHeld: true }]);
  });

  test("the one that was worked on last, when no step runs", () => {
    assert.deepEqual(ids(looking([0, waiting(1, 0), waiting(2, 5 * SECOND), waiting(3, 1)]), 6 * SECOND), [[2, "waits"]]);
  });

  test("nobody when that was hours ago, or before its first step, after its end, in a pause", () => {
    assert.deepEqual(ids(looking([0, waiting(1, 0)]), 5 * HOUR), []);
    assert.deepEqual(ids(looking([0, waiting(1, 0, { interactionCount: 0 })]), 1), []);
    assert.deepEqual(ids(looking([0, waiting(1, 0, { status: "complete" })]), 1), []);
    assert.deepEqual(ids(looking([0, waiting(1, 0, { pausedAt: MOMENT })]), 1), []);
  });

  test("no session of another project, and none that has a working copy of its own", () => {
    assert.deepEqual(ids(looking([0, waiting(1, 0, { projectId: 8 })]), 1), []);
    assert.deepEqual(ids(looking([0, held(1, 0, { environment: "local", parentSessionId: 9 })]), 1), []);
    assert.deepEqual(ids(looking([0, waiting(1, 0, { environment: "local" })]), 1), [[1, "waits"]]);
  });

  test("the child that works, not to its parent that waits for it", () => {
    assert.deepEqual(ids(looking([0, held(1, 0), held(2, 0, { parentSessionId: 1 })]), 1), [[2, "held"]]);
  });

  test("the step that ran when it happened, also if that is told after its end", () => {
    const worked = looking([0, held(1, 0)], [11 * SECOND, waiting(1, 10 * SECOND)]);
    assert.deepEqual(ids(worked, 9 * SECOND, 11 * SECOND), [[1, "held"]]);
    assert.deepEqual(ids(worked, 10 * SECOND + 1, 11 * SECOND), [[1, "waits"]]);
  });

  test("the person's time before the step, when that has begun meanwhile", () => {
    const worked = looking([0, waiting(1, 0)], [10 * SECOND, held(1, 10 * SECOND)]);
    assert.deepEqual(ids(worked, 9 * SECOND, 11 * SECOND), [[1, "waits"]]);
  });

  test("the last step of a session that has ended", () => {
    const worked = looking([0, held(1, 0), waiting(2, 0)], [11 * SECOND, waiting(1, 10 * SECOND, { status: "complete" }), waiting(2, 0)]);
    assert.deepEqual(ids(worked, 9 * SECOND, 11 * SECOND), [[1, "held"]]);
    assert.deepEqual(ids(worked, 11 * SECOND), [[2, "waits"]]);
  });

  test("a step that came and went between two looks", () => {
    const pending = { pendingInteraction: makeInteraction({ id: "quick" }) };
    const worked = looking([0, waiting(1, 0, pending)], [5 * SECOND, waiting(1, 5 * SECOND)]);
    assert.deepEqual(ids(worked, 5 * SECOND - 200, 6 * SECOND), [[1, "held"]]);
    assert.deepEqual(ids(worked, 3 * SECOND, 6 * SECOND), [[1, "waits"]]);
  });

  test("the person again when the one who carried it out has died", () => {
    const claim = { clientId: "runner", clientName: null, claimedAt: at(0), expiresAt: at(15 * SECOND) };
    const step = makeInteraction({ id: "step-1", claim });
    const head = makeHead({ interactionCount: 1, pendingInteraction: step });
    const worked = looking([0, head], [16 * SECOND, { ...head, pendingInteraction: { ...step, interrupted: true } }]);
    assert.deepEqual(ids(worked, 14 * SECOND, 16 * SECOND), [[1, "held"]]);
    assert.deepEqual(ids(worked, 16 * SECOND), [[1, "waits"]]);
  });

  test("the session that waits, though its own forwarded events make it look new", () => {
    const worked = looking([0, waiting(1, 0), waiting(2, -SECOND)], [HOUR, waiting(1, 0), waiting(2, HOUR)]);
    assert.deepEqual(ids(worked, HOUR), [[1, "waits"]]);
  });
});
