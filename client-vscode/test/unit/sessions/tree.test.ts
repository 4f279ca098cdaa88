import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionHead } from "../../../src/protocol";
import { type Repaint, type SessionNode, SessionTree } from "../../../src/sessions/tree";
import { makeClaim, makeHead, makeInteraction, MOMENT, NOW } from "../factories";

const running = { pendingInteraction: makeInteraction({ claim: makeClaim(10_000) }), interactionCount: 1 };

/** A tree with the sessions it is made of, as a list keeps them. */
class World {
  readonly tree = new SessionTree();
  readonly heads = new Map<number, SessionHead>();

  constructor(...heads: readonly SessionHead[]) {
    heads.forEach((head) => this.heads.set(head.id, head));
    this.tree.update(this.heads, "all", NOW);
  }

  change(...heads: readonly SessionHead[]): Repaint {
    heads.forEach((head) => this.heads.set(head.id, head));
    return this.tree.update(this.heads, new Set(heads.map(({ id }) => id)), NOW);
  }

  remove(id: number): Repaint {
    this.heads.delete(id);
    return this.tree.update(this.heads, new Set([id]), NOW);
  }

  /** As ids, with what is below each. */
  get ids(): unknown {
    const below = ({ head, children }: SessionNode): unknown => (children.length === 0 ? head.id : [head.id, ...children.map(below)]);
    return Object.fromEntries(this.tree.groups.map(({ group, sessions }) => [group, sessions.map(below)]));
  }
}

/** What is painted anew, in words. */
function painted(repaint: Repaint): unknown {
  return repaint === "all" ? "all" : [...repaint].map((node) => (node.kind === "group" ? node.group : node.head.id));
}

test("groups in the order of urgency, empty ones left out, children under their parent", () => {
  const world = new World(
    makeHead({ id: 5, parentSessionId: 3, status: "complete" }),
    makeHead({ id: 4, status: "complete" }),
    makeHead({ id: 3 }),
    makeHead({ id: 2, parentSessionId: 99 }),
  );
  assert.deepEqual(world.ids, { waiting: [[3, 5], 2], finished: [4] });
  assert.deepEqual(world.tree.groups.map(({ group }) => group), ["waiting", "finished"]);
});

test("children of children nest, the newest first", () => {
  const world = new World(
    makeHead({ id: 1, ...running }),
    makeHead({ id: 4, parentSessionId: 2 }),
    makeHead({ id: 2, parentSessionId: 1 }),
    makeHead({ id: 3, parentSessionId: 1 }),
  );
  assert.deepEqual(world.ids, { running: [[1, 3, [2, 4]]] });
});

test("a child stands at the top until its parent is loaded, and when that is gone", () => {
  const world = new World(makeHead({ id: 9, parentSessionId: 2, status: "failed" }), makeHead({ id: 8, status: "complete" }));
  assert.deepEqual(world.ids, { finished: [9, 8] });
  assert.equal(world.change(makeHead({ id: 2, status: "failed" })), "all");
  assert.deepEqual(world.ids, { finished: [8, [2, 9]] });
  world.remove(2);
  assert.deepEqual(world.ids, { finished: [9, 8] });
});

test("a child that nobody has begun is queued while its parent goes on, and waits for nobody else", () => {
  const parent = makeHead({ id: 1, ...running });
  const queued = makeHead({ id: 2, parentSessionId: 1 });
  const interrupted = makeHead({ id: 3, parentSessionId: 1, interactionCount: 1, pendingInteraction: makeInteraction({ interrupted: true }) });
  const paused = makeHead({ id: 4, parentSessionId: 1, pausedAt: MOMENT });
  const world = new World(parent, queued, interrupted, paused);
  assert.deepEqual(world.tree.get(1)?.children.map(({ isQueued }) => isQueued), [false, false, true]);
  assert.deepEqual([...world.tree.waiting], [3]);
  world.change(makeHead({ id: 1, status: "failed" }));
  assert.ok(!world.tree.get(2)?.isQueued);
  assert.deepEqual([...world.tree.waiting].sort(), [2, 3]);
});

test("of ten thousand sessions one that changes is one row", () => {
  const world = new World(...Array.from({ length: 10_000 }, (_, index) => makeHead({ id: index + 1, status: "complete" })));
  const row = world.tree.get(5_000);
  const repaint = world.change(makeHead({ id: 5_000, status: "complete", title: "Another title" }));
  assert.deepEqual(painted(repaint), [5_000]);
  assert.equal(world.tree.get(5_000), row);
  assert.equal(row?.head.title, "Another title");
});

test("one that comes or goes is a matter of its group, unless it is the only one there", () => {
  const world = new World(makeHead({ id: 1 }), makeHead({ id: 2 }));
  assert.deepEqual(painted(world.change(makeHead({ id: 3 }))), ["waiting"]);
  assert.deepEqual(world.ids, { waiting: [3, 2, 1] });
  assert.deepEqual(painted(world.remove(2)), ["waiting"]);
  assert.equal(world.change(makeHead({ id: 3, status: "failed" })), "all");
  assert.deepEqual(world.ids, { waiting: [1], finished: [3] });
  assert.equal(world.remove(1), "all");
  assert.deepEqual(world.ids, { finished: [3] });
});

test("a child's change is told by its parent's row, which counts them", () => {
  const begun = makeHead({ id: 2, parentSessionId: 1, interactionCount: 1 });
  const world = new World(makeHead({ id: 1, ...running }), begun);
  assert.deepEqual(painted(world.change({ ...begun, status: "complete" })), [1]);
  assert.deepEqual(painted(world.change({ ...begun, id: 3 })), [1]);
});

test("what nobody knows is removed without harm, and what did not suit never came", () => {
  const world = new World(makeHead({ id: 1 }));
  assert.deepEqual(painted(world.remove(7)), []);
  const tree = new SessionTree();
  const heads = new Map([1, 2].map((id) => [id, makeHead({ id, parentSessionId: id === 2 ? 1 : null })]));
  tree.update(heads, "all", NOW, ({ id }) => id === 2);
  assert.deepEqual(tree.groups.map(({ sessions }) => sessions.map(({ head }) => head.id)), [[2]]);
  assert.deepEqual([...tree.waiting], [1]);
});
