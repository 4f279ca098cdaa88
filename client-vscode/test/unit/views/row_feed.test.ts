import assert from "node:assert/strict";
import { test } from "vitest";
import type { Row, SectionView } from "../../../webview/messages";
import { emptyRow } from "../../../src/views/event_rows";
import { RowFeed } from "../../../src/views/row_feed";
import type { RowSource } from "../../../src/views/timeline_rows";
import { makeEvent } from "../factories";

const ENDS = { hasEarlier: false, hasLater: false };
let made = 0;

function source(id: string, version = "1", values: Partial<Row> | null = {}): RowSource {
  const make = (): Row | null => {
    made += 1;
    return values === null ? null : { ...emptyRow(makeEvent(1)), id, ...values };
  };
  return { id, version, events: [], make };
}

function sent(feed: RowFeed, sources: readonly RowSource[]): SectionView[] {
  return [...feed.sections("step-1", sources, ENDS)];
}

test("only what is new, or says something else, is made and sent", () => {
  const feed = new RowFeed();
  assert.deepEqual(sent(feed, [source("a"), source("b")]).map(({ order, rows }) => [order, rows.map(({ id }) => id)]), [[["a", "b"], ["a", "b"]]]);
  made = 0;
  const [next] = sent(feed, [source("b"), source("c", "1"), source("a", "2")]);
  assert.deepEqual([next?.order, next?.rows.map(({ id }) => id), made], [["b", "c", "a"], ["c", "a"], 2]);
});

test("rows that say nothing are no rows, and what is gone is told", () => {
  const feed = new RowFeed();
  assert.deepEqual(sent(feed, [source("a", "1", null), source("b")])[0]?.order, ["b"]);
  assert.deepEqual(sent(feed, []), [{ stepId: "step-1", order: [], rows: [], ...ENDS }]);
});

test("much is sent in several messages, none of them large", () => {
  const text = "x".repeat(5_000);
  const messages = sent(new RowFeed(), Array.from({ length: 400 }, (_, place) => source(String(place), "1", { text })));
  assert.ok(messages.length > 5);
  assert.ok(messages.every((message) => JSON.stringify(message).length < 300_000));
  assert.equal(messages.flatMap(({ rows }) => rows).length, 400);
});

test("a page that begins anew gets everything again", () => {
  const feed = new RowFeed();
  sent(feed, [source("a")]);
  assert.equal(sent(feed, [source("a")])[0]?.rows.length, 0);
  feed.forget("step-1");
  assert.equal(sent(feed, [source("a")])[0]?.rows.length, 1);
});
