import type { Daemon } from "../daemon/client";
import type { NameBook } from "../sessions/names";
import { readWholeRecord } from "../sessions/whole_record";
import type { Extent } from "./blocks";
import { recordHtml } from "./record_html";
import { markdownOf } from "./record_markdown";
import { recordPageOf } from "./record_page";

/** A text is read from the top, a page can be looked through. */
const IN_TEXT: Extent = { characters: 2_000, lines: 30 };
const IN_PAGE: Extent = { characters: 60_000, lines: 1_000 };
/** Of events; what is pasted somewhere must be small. */
const MAX_TEXT = 2 * 1024 * 1024;

/** A session as something to give to others. */
export class SessionExports {
  /** @param built the folder of the pages' scripts and styles */
  constructor(
    private readonly daemon: Daemon,
    private readonly names: NameBook,
    private readonly built: string,
  ) {}

  async asMarkdown(sessionId: number): Promise<string> {
    const record = await readWholeRecord(this.daemon, sessionId, MAX_TEXT);
    return markdownOf(recordPageOf(record, this.names, Date.now(), IN_TEXT));
  }

  async asHtml(sessionId: number): Promise<string> {
    const record = await readWholeRecord(this.daemon, sessionId);
    return recordHtml(recordPageOf(record, this.names, Date.now(), IN_PAGE), this.built);
  }
}
