import assert from "node:assert/strict";
import { test } from "vitest";
import { Backoff } from "../../../src/daemon/backoff";

test("pauses become longer up to a cap, and windows do not come at the same moment", () => {
  const [early, late] = [new Backoff(() => 0), new Backoff(() => 1)];
  const pauses = Array.from({ length: 9 }, () => [early.failed(), late.failed()]);
  assert.deepEqual(pauses.slice(0, 3), [[125, 250], [250, 500], [500, 1_000]]);
  assert.deepEqual(pauses.at(-1), [7_500, 15_000]);
});

test("a daemon that crashes at once after each start counts as failing", () => {
  const backoff = new Backoff(() => 1);
  assert.deepEqual([backoff.ended(20), backoff.ended(20), backoff.ended(20)], [250, 500, 1_000]);
  assert.equal(backoff.ended(60_000), 250);
  assert.equal(backoff.failures, 1);
});
