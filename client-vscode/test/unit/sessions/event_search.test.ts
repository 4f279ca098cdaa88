import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionEventView } from "../../../src/protocol";
import { findEvent, type Search } from "../../../src/sessions/event_search";
import type { ReadEvents } from "../../../src/sessions/event_window";
import { makeEvent } from "../factories";

const PAGE = 10;
const never = (): boolean => false;

/** All happened at one moment, as far as the search can know by its query; pages are small. */
function reading(events: readonly SessionEventView[], asked: unknown[] = []): ReadEvents {
  return (query) => {
    asked.push(query);
    const ordered = query.descending === true ? events.toReversed() : events;
    const from = query.cursor == null ? 0 : Number(query.cursor);
    const data = ordered.slice(from, from + PAGE);
    return Promise.resolve({ data, nextCursor: from + PAGE < events.length ? String(from + PAGE) : null });
  };
}

const events = Array.from({ length: 45 }, (_, place) => makeEvent(place + 1));
const isSeventh = ({ id }: SessionEventView): boolean => id % 7 === 0;
const search: Search = { matches: isSeventh, isForward: true, from: null, types: null };

test("the nearest one is found in either direction, page by page, and not the one where the search began", async () => {
  const found = async (more: Partial<Search>) => (await findEvent(reading(events), { ...search, ...more }, never))?.id ?? null;
  assert.equal(await found({}), 7);
  assert.equal(await found({ isForward: false }), 42);
  assert.equal(await found({ from: makeEvent(21) }), 28);
  assert.equal(await found({ from: makeEvent(21), isForward: false }), 14);
  assert.equal(await found({ from: makeEvent(42) }), null);
  assert.equal(await found({ matches: never }), null);
});

test("only what is sought is asked for, and a search that is given up asks for no more", async () => {
  const asked: { eventTypes?: string[] }[] = [];
  await findEvent(reading(events, asked), { ...search, types: ["error_occurred"], matches: never }, () => asked.length >= 2);
  assert.deepEqual([asked.length, asked[0]?.eventTypes], [2, ["error_occurred"]]);
  assert.equal(await findEvent(reading(events), search, () => true), null);
});
