import assert from "node:assert/strict";
import { test } from "vitest";
import { LastUsed } from "../../../src/sessions/last_used";

function memory(): { values: Map<string, unknown>; lastUsed: LastUsed } {
  const values = new Map<string, unknown>();
  const update = (key: string, value: unknown): Promise<void> => Promise.resolve(void values.set(key, value));
  return { values, lastUsed: new LastUsed({ get: (key) => values.get(key), update }) };
}

const ITEMS = [{ label: "a" }, { label: "b", description: "of b" }, { label: "c" }];

test("what was chosen last stands first and says so; the rest keeps its order", () => {
  const { lastUsed } = memory();
  lastUsed.keep("type", "b");
  assert.deepEqual(lastUsed.inOrder("type", ITEMS, ({ label }) => label), [{ label: "b", description: "of b · last used" }, { label: "a" }, { label: "c" }]);
  lastUsed.keep("type", "c");
  assert.deepEqual(lastUsed.inOrder("type", ITEMS, ({ label }) => label)[0], { label: "c", description: "last used" });
});

test("each choice is remembered by itself", () => {
  const { lastUsed } = memory();
  lastUsed.keep("type", "b");
  assert.equal(lastUsed.get("component"), null);
  assert.deepEqual(lastUsed.inOrder("component", ITEMS, ({ label }) => label), ITEMS);
});

test("what is not there any more, or was never chosen, changes nothing", () => {
  const { lastUsed } = memory();
  assert.deepEqual(lastUsed.inOrder("type", ITEMS, ({ label }) => label), ITEMS);
  lastUsed.keep("type", "gone");
  assert.deepEqual(lastUsed.inOrder("type", ITEMS, ({ label }) => label), ITEMS);
});

test("the only choice needs no word", () => {
  const { lastUsed } = memory();
  lastUsed.keep("type", "a");
  assert.deepEqual(lastUsed.inOrder("type", ITEMS.slice(0, 1), ({ label }) => label), ITEMS.slice(0, 1));
});

test("what another version kept is not trusted", () => {
  const { values, lastUsed } = memory();
  values.set("treadle.lastUsed.type", { id: 3 });
  assert.equal(lastUsed.get("type"), null);
});
