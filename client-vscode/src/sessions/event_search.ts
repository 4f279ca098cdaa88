import type { EventType, SessionEventView } from "../protocol";
import { type EventPlace, inOrder, justAfter } from "./event_order";
import type { ReadEvents } from "./event_window";

const PAGE = 1_000;

export interface Search {
  readonly matches: (event: SessionEventView) => boolean;
  readonly isForward: boolean;
  /** Null: from the session's first event, or its last. */
  readonly from: EventPlace | null;
  readonly types: readonly EventType[] | null;
}

/** The nearest event of a session that matches; null: none does, or the search has been given up. */
export async function findEvent(read: ReadEvents, { matches, isForward, from, types }: Search, isGivenUp: () => boolean): Promise<SessionEventView | null> {
  const start = from === null ? {} : isForward ? { sentFrom: from.sentAt } : { sentUntil: justAfter(from.sentAt) };
  const filter = types === null ? {} : { eventTypes: [...types] };
  const isBeyond = (event: SessionEventView): boolean => from === null || (isForward ? inOrder(event, from) > 0 : inOrder(event, from) < 0);
  for (let cursor: string | null | undefined; cursor !== null && !isGivenUp(); ) {
    const page = await read({ ...(cursor === undefined ? start : { cursor }), ...filter, descending: !isForward, limit: PAGE });
    const found = page.data.find((event) => isBeyond(event) && matches(event));
    if (found !== undefined) {
      return isGivenUp() ? null : found;
    }
    cursor = page.nextCursor;
  }
  return null;
}
