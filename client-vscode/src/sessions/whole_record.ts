import type { Daemon } from "../daemon/client";
import type { InteractionView, SessionEventView, SessionHead, SourceView } from "../protocol";
import { TouchedFiles } from "./touched_files";

/** Everything that is recorded of one session, as it was at one moment. */
export interface WholeRecord {
  readonly session: SessionHead;
  readonly interactions: readonly InteractionView[];
  readonly sources: readonly SourceView[];
  /** By the step to which they belong, in order; by `OUTSIDE` those that belong to none. */
  readonly events: ReadonlyMap<string, readonly SessionEventView[]>;
  readonly files: TouchedFiles;
  /** Events that found no room. */
  readonly leftOut: number;
}

export const OUTSIDE = "";
const STEPS_PAGE = 100;
const EVENTS_PAGE = 1_000;
/** Of the events' data: what one file, or one text, can well hold. */
const MAX_CHARACTERS = 24 * 1024 * 1024;

/** The earliest events first, as many as there is room for; the steps and their results are always all there. */
export async function readWholeRecord(daemon: Daemon, sessionId: number, maxCharacters = MAX_CHARACTERS): Promise<WholeRecord> {
  const { session, interactions, sources } = await readSteps(daemon, sessionId);
  const events = new Map<string, SessionEventView[]>();
  const files = new TouchedFiles();
  let [characters, count] = [0, 0];
  for (let cursor: string | null = null; characters < maxCharacters; ) {
    const page: { data: readonly SessionEventView[]; nextCursor: string | null } = await daemon.call("session/getEvents", { sessionId, limit: EVENTS_PAGE, cursor });
    files.add(page.data);
    for (const event of page.data) {
      const step = event.interactionId ?? OUTSIDE;
      const before = events.get(step) ?? [];
      before.push(event);
      events.set(step, before);
      characters += JSON.stringify(event.data).length;
      count += 1;
    }
    cursor = page.nextCursor;
    if (cursor === null) {
      return { session, interactions, sources, events, files, leftOut: 0 };
    }
  }
  return { session, interactions, sources, events, files, leftOut: Math.max(0, session.eventCount - count) };
}

async function readSteps(daemon: Daemon, sessionId: number): Promise<Pick<WholeRecord, "session" | "interactions" | "sources">> {
  const interactions: InteractionView[] = [];
  for (let cursor: string | null = null; ; ) {
    const page: { session: SessionHead; sources: readonly SourceView[]; interactions: readonly InteractionView[]; nextCursor: string | null } = await daemon.call("session/get", { sessionId, limit: STEPS_PAGE, cursor });
    interactions.push(...page.interactions);
    cursor = page.nextCursor;
    if (cursor === null) {
      return { session: page.session, interactions, sources: page.sources };
    }
  }
}
