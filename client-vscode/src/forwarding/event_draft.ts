import type { EventSource, EventType, JsonValue } from "../protocol";

/** A session event before it has a time; a `uid` that follows from what happened makes two windows tell it once. */
export interface EventDraft {
  readonly uid: string;
  readonly eventType: EventType;
  readonly source: EventSource;
  readonly data: Readonly<Record<string, JsonValue>>;
  readonly interactionId: string | null;
}
