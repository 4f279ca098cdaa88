import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionHead } from "../../../src/protocol";
import { describeFilter, filterFrom, isFilter, NO_FILTER, type SessionFilter, standingOf, suitsOf } from "../../../src/sessions/session_filter";
import type { Names } from "../../../src/sessions/words";
import { makeHead, MOMENT, NOW } from "../factories";

const names: Names = { types: new Map([["component_test", "Component tests"]]), components: new Map([[3, "Calculator"]]) };

function suits(filter: Partial<SessionFilter>, head: SessionHead): boolean {
  return suitsOf({ ...NO_FILTER, ...filter }, names, () => NOW)?.(head) ?? true;
}

test("every word has to be in title, type, component or number, in any case and order", () => {
  const head = makeHead({ id: 42, title: "Add a JSON flag" });
  for (const text of ["json", "flag ADD", "#42", "calculator", "component_test", "tests json", "  "]) {
    assert.ok(suits({ text }, head), text);
  }
  for (const text of ["json yaml", "#43", "("]) {
    assert.ok(!suits({ text }, head), text);
  }
});

test("states and types: one of each that are named", () => {
  const failed = makeHead({ status: "failed" });
  assert.ok(suits({ standings: ["failed", "paused"] }, failed));
  assert.ok(!suits({ standings: ["complete"] }, failed));
  assert.ok(suits({ types: ["component_test"], standings: ["failed"] }, failed));
  assert.ok(!suits({ types: ["task"] }, failed));
  assert.equal(standingOf(makeHead({ pausedAt: MOMENT }), NOW), "paused");
  assert.equal(standingOf(makeHead(), NOW), "waiting");
});

test("it says what it is in a few words", () => {
  assert.equal(describeFilter({ text: " json ", standings: ["failed", "waiting"], types: ["component_test", "task"] }, names), "“json”, failed or waiting for you, Component tests or task");
  assert.equal(describeFilter(NO_FILTER, names), "");
  assert.ok(!isFilter({ ...NO_FILTER, text: "  " }));
});

test("of what was kept only what is understood is taken", () => {
  assert.deepEqual(filterFrom(undefined), NO_FILTER);
  assert.deepEqual(filterFrom("failed"), NO_FILTER);
  assert.deepEqual(filterFrom({ text: 7, standings: ["failed", "toString", 3], types: "task" }), { ...NO_FILTER, standings: ["failed"] });
  assert.equal(filterFrom({ text: "x".repeat(5_000) }).text.length, 200);
  assert.deepEqual(filterFrom({ text: "a", standings: ["paused"], types: ["task"] }), { text: "a", standings: ["paused"], types: ["task"] });
});
