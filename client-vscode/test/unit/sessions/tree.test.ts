import assert from "node:assert/strict";
import { test } from "node:test";
import type { SessionHead } from "../../../src/protocol";
import { countWaiting, type SessionNode, treeOf } from "../../../src/sessions/tree";
import { makeClaim, makeHead, makeInteraction, MOMENT, NOW } from "../factories";

test("groups in the order of urgency, empty ones left out, children under their parent", () => {
  const heads = [
    makeHead({ id: 5, parentSessionId: 3, status: "complete" }),
    makeHead({ id: 4, status: "complete" }),
    makeHead({ id: 3 }),
    makeHead({ id: 2, parentSessionId: 99 }),
  ];
  const tree = treeOf(heads, NOW).map(({ group, sessions }) => ({
    group,
    sessions: sessions.map(({ head, children }) => [head.id, children.map((child) => child.head.id)]),
  }));
  assert.deepEqual(tree, [
    { group: "waiting", sessions: [[3, [5]], [2, []]] },
    { group: "finished", sessions: [[4, []]] },
  ]);
});

const running = { pendingInteraction: makeInteraction({ claim: makeClaim(10_000) }), interactionCount: 1 };

/** The tree as ids, with what is below each. */
function idsOf(heads: readonly SessionHead[]): unknown {
  const below = ({ head, children }: SessionNode): unknown => (children.length === 0 ? head.id : [head.id, ...children.map(below)]);
  return Object.fromEntries(treeOf(heads, NOW).map(({ group, sessions }) => [group, sessions.map(below)]));
}

test("children of children nest, in the order of the list", () => {
  const heads = [
    makeHead({ id: 4, parentSessionId: 2 }),
    makeHead({ id: 3, parentSessionId: 1 }),
    makeHead({ id: 2, parentSessionId: 1 }),
    makeHead({ id: 1, ...running }),
  ];
  assert.deepEqual(idsOf(heads), { running: [[1, 3, [2, 4]]] });
});

test("a child stands at the top until its parent is loaded, and when that is gone", () => {
  const child = makeHead({ id: 9, parentSessionId: 2, status: "failed" });
  const page = [child, makeHead({ id: 8, status: "complete" })];
  assert.deepEqual(idsOf(page), { finished: [9, 8] });
  assert.deepEqual(idsOf([...page, makeHead({ id: 2, status: "failed" })]), { finished: [8, [2, 9]] });
});

test("a child that nobody has begun is queued while its parent goes on, and waits for nobody else", () => {
  const parent = makeHead({ id: 1, ...running });
  const queued = makeHead({ id: 2, parentSessionId: 1 });
  const interrupted = makeHead({ id: 3, parentSessionId: 1, interactionCount: 1, pendingInteraction: makeInteraction({ interrupted: true }) });
  const paused = makeHead({ id: 4, parentSessionId: 1, pausedAt: MOMENT });
  const [group] = treeOf([parent, queued, interrupted, paused], NOW);
  assert.deepEqual(group?.sessions[0]?.children.map(({ isQueued }) => isQueued), [true, false, false]);
  assert.equal(countWaiting([parent, queued, interrupted, paused], NOW), 1);
  assert.equal(countWaiting([makeHead({ id: 1, status: "failed" }), queued], NOW), 1);
  assert.equal(countWaiting([queued], NOW), 1);
});
