import type { SessionEventView } from "../protocol";

/** Where an event stands among those of its session, as they happened. */
export type EventPlace = Pick<SessionEventView, "sentAt" | "id">;

export function inOrder(one: EventPlace, other: EventPlace): number {
  return one.sentAt === other.sentAt ? one.id - other.id : one.sentAt < other.sentAt ? -1 : 1;
}

/** The next moment that the daemon knows: a microsecond later. */
export function justAfter(moment: string): string {
  const [, seconds = "", micros = ""] = /^(.*:\d\d)(?:\.(\d{1,6}))?Z$/.exec(moment) ?? [];
  const next = Number(micros.padEnd(6, "0")) + 1;
  if (next < 1_000_000) {
    return `${seconds}.${String(next).padStart(6, "0")}Z`;
  }
  return `${new Date(Date.parse(`${seconds}Z`) + 1_000).toISOString().slice(0, 19)}.000000Z`;
}
