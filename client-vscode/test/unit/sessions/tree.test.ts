import assert from "node:assert/strict";
import { test } from "node:test";
import { treeOf } from "../../../src/sessions/tree";
import { makeHead, NOW } from "../factories";

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
