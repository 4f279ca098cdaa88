import type { EventType, SessionEventView } from "../protocol";
import { countOf } from "./json";
import type { ReadEvents } from "./event_window";

export const FILE_EVENTS: readonly EventType[] = ["file_created", "file_modified", "file_deleted"];
const PAGE = 1_000;
const MAX_PAGES = 20;

/** The files of which a session's events tell, and how many lines of them changed. */
export class TouchedFiles {
  readonly paths = new Set<string>();
  added = 0;
  removed = 0;
  private lastId = 0;

  async readAll(read: ReadEvents): Promise<void> {
    this.paths.clear();
    this.added = this.removed = this.lastId = 0;
    let cursor: string | null | undefined;
    for (let pages = 0; pages < MAX_PAGES && cursor !== null; pages += 1) {
      const page = await read({ eventTypes: [...FILE_EVENTS], limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      this.add(page.data);
      cursor = page.nextCursor;
    }
  }

  /** Those that arrived after all that were counted. Whether there is one among them. */
  addLater(events: readonly SessionEventView[]): boolean {
    const later = events.filter(({ id, eventType }) => id > this.lastId && FILE_EVENTS.includes(eventType));
    this.add(later);
    return later.length > 0;
  }

  /** Each once, in any order. */
  add(events: readonly SessionEventView[]): void {
    for (const { id, data } of events.filter(({ eventType }) => FILE_EVENTS.includes(eventType))) {
      this.lastId = Math.max(this.lastId, id);
      if (typeof data.path === "string") {
        this.paths.add(data.path);
      }
      this.added += countOf(data.lines_added);
      this.removed += countOf(data.lines_removed);
    }
  }
}
