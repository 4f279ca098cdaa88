import assert from "node:assert/strict";
import { test } from "vitest";
import { agoOf, durationOf, momentOf } from "../../../webview/times";

const NOW = Date.parse("2026-03-01T12:00:00Z");

test("how long something took has the unit that suits it", () => {
  assert.deepEqual([0, 9_949, 9_950, 59_000, 61_000, 3_723_000].map(durationOf), ["0.0 s", "9.9 s", "10 s", "59 s", "1 min 01 s", "1 h 02 min"]);
});

test("how long ago something was is short, and never in the future", () => {
  assert.deepEqual([-5_000, 0, 59_000, 60_000, 3_599_000, 3_600_000, 48 * 3_600_000].map((before) => agoOf(NOW - before, NOW)), ["now", "now", "now", "1 min ago", "59 min ago", "1 h ago", "2 d ago"]);
});

test("a moment that is none is nothing", () => {
  assert.equal(momentOf(Number.NaN), "");
  assert.match(momentOf(NOW), /^2026-03-01 \d\d:00:00$/);
});
