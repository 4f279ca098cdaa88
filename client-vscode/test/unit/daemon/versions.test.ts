import assert from "node:assert/strict";
import { test } from "vitest";
import { isOutdated } from "../../../src/daemon/versions";

test("only a daemon that is older than the program makes room", () => {
  assert.ok(isOutdated("0.1.0", "0.1.1"));
  assert.ok(isOutdated("0.9.9", "0.10.0"));
  assert.ok(isOutdated("1.9.0", "2.0.0"));
  assert.ok(!isOutdated("0.1.0", "0.1.0"));
  assert.ok(!isOutdated("0.2.0", "0.1.9"));
  assert.ok(!isOutdated("2.0.0", "1.9.9"));
});

test("two programs never replace each other's daemon in turn", () => {
  for (const [one, other] of [["0.1.0", "0.2.0"], ["0.1.0", "0.1.0"], ["0.1.0rc1", "0.1.0"], ["unknown", "0.1.0"]] as const) {
    assert.ok(!(isOutdated(one, other) && isOutdated(other, one)));
  }
});

test("what is no version is left alone", () => {
  assert.ok(!isOutdated(null, "0.1.0"));
  assert.ok(!isOutdated("0.1.0", null));
  assert.ok(!isOutdated("development", "0.1.0"));
});
