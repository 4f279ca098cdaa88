import type { InteractionView, SessionEventView, SessionGetEventsParams, SessionGetParams } from "../../../src/protocol";
import { Timeline } from "../../../src/sessions/timeline";
import { clientFor } from "../connected";
import { makeHead } from "../factories";
import { FakeDaemon } from "../fake_daemon";

export interface RecordHeld {
  steps: InteractionView[];
  events: SessionEventView[];
}

/** Answers as the daemon does, with small pages. */
export function recording(daemon: FakeDaemon, record: RecordHeld, page = 1_000): void {
  daemon.on("session/get", ({ cursor, limit }: SessionGetParams) => {
    const from = Number(cursor ?? 0);
    const until = from + Math.min(page, limit ?? page);
    const nextCursor = until < record.steps.length ? String(until) : null;
    return { session: makeHead({ eventCount: record.events.length }), sources: [], interactions: record.steps.slice(from, until), nextCursor };
  });
  daemon.on("session/getEvents", (params: SessionGetEventsParams) => {
    const { interactionId, withoutInteraction, afterId, descending, cursor, limit, eventTypes } = params;
    const found = record.events.filter(
      (event) =>
        (interactionId == null || event.interactionId === interactionId) &&
        (withoutInteraction !== true || event.interactionId === null) &&
        event.id > (afterId ?? 0) && eventTypes?.includes(event.eventType) !== false,
    );
    const ordered = descending === true ? found.toReversed() : found;
    const beyond = (event: SessionEventView): boolean =>
      cursor == null || (descending === true ? event.id < Number(cursor) : event.id > Number(cursor));
    const rest = ordered.filter(beyond);
    const data = rest.slice(0, Math.min(page, limit ?? page));
    return { data, nextCursor: data.length < rest.length ? String(data.at(-1)?.id) : null };
  });
}

/** The timeline of a record, not loaded yet, and the daemon that has it. */
export async function timelineOf(record: RecordHeld, page?: number): Promise<AsyncDisposable & { readonly daemon: FakeDaemon; readonly timeline: Timeline }> {
  const daemon = await new FakeDaemon().start();
  recording(daemon, record, page);
  const client = clientFor(daemon);
  client.start();
  const timeline = new Timeline(client, 1);
  return {
    daemon,
    timeline,
    async [Symbol.asyncDispose](): Promise<void> {
      timeline.dispose();
      client.dispose();
      await daemon[Symbol.asyncDispose]();
    },
  };
}

export function shownBy(timeline: Timeline): Map<string, number[]> {
  const shown = new Map<string, number[]>();
  timeline.isFollowed = true;
  timeline.changes.listen((change) => {
    if (change.kind === "events") {
      shown.set(change.interactionId, timeline.window(change.interactionId)?.events.map(({ id }) => id) ?? []);
    }
  });
  return shown;
}

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);
export const appended = (lastId: number) => ({ sessionId: 1, count: 1, lastId });
