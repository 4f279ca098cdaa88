import type { Row, SectionView } from "../../webview/messages";
import { ESSENTIAL } from "./blocks";
import type { RowSource } from "./timeline_rows";

/** Of one message: rows that are sent at once must not hold the page up. */
const MAX_ROWS = 150;
const MAX_CHARACTERS = 256 * 1024;

interface Sent {
  readonly version: string;
  readonly isEmpty: boolean;
}

/** What the page has of each step already; only what is new to it is made, and sent. */
export class RowFeed {
  private readonly sent = new Map<string, ReadonlyMap<string, Sent>>();

  /** The page has nothing of the step any more. */
  forget(stepId: string): void {
    this.sent.delete(stepId);
  }

  *sections(stepId: string, sources: readonly RowSource[], ends: Pick<SectionView, "hasEarlier" | "hasLater">): Generator<SectionView> {
    const before = this.sent.get(stepId) ?? new Map<string, Sent>();
    const now = new Map<string, Sent>();
    const fresh: Row[] = [];
    for (const source of sources) {
      const known = before.get(source.id);
      if (known?.version === source.version) {
        now.set(source.id, known);
        continue;
      }
      const row = source.make(ESSENTIAL);
      now.set(source.id, { version: source.version, isEmpty: row === null });
      if (row !== null) {
        fresh.push(row);
      }
    }
    this.sent.set(stepId, now);
    const order = [...now].filter(([, { isEmpty }]) => !isEmpty).map(([id]) => id);
    for (const rows of portions(fresh)) {
      yield { stepId, order, rows, ...ends };
    }
  }
}

/** At least one, which may be empty: that rows are gone is worth telling, too. */
function* portions(rows: readonly Row[]): Generator<Row[]> {
  let portion: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    const size = JSON.stringify(row).length;
    if (portion.length > 0 && (portion.length === MAX_ROWS || characters + size > MAX_CHARACTERS)) {
      yield portion;
      portion = [];
      characters = 0;
    }
    portion.push(row);
    characters += size;
  }
  yield portion;
}
