export type ChangeKind = "created" | "modified" | "deleted";

export interface FileChange {
  /** Absolute. */
  readonly file: string;
  readonly kind: ChangeKind;
  /** The person saved it in this window. */
  readonly isSaved: boolean;
  /** Absolute: where it was before, or is now. */
  readonly renamedFrom: string | null;
  readonly renamedTo: string | null;
  /** When it was heard of first. */
  readonly at: number;
}

/** Another window, which only saw the file change, tells it later: then it is known who saved it. */
const SAVED_HOLD_MS = 300;
/** Programs write a file in pieces, and put another in its place. */
const HOLD_MS = 1_000;
const MAX_HOLD_MS = 5_000;
/** Before the same file is told again, if it goes on changing. */
const REPEAT_MS = 10_000;
const MAX_FILES = 10_000;

interface Pending extends FileChange {
  readonly lastAt: number;
}

/** What was heard of files, held back until it is one change of each. The times are the caller's. */
export class FileChanges {
  private readonly pending = new Map<string, Pending>();
  private readonly toldAt = new Map<string, number>();
  private left = 0;

  seen(file: string, kind: ChangeKind, now: number): void {
    this.note(file, kind, now, {});
  }

  saved(file: string, now: number): void {
    this.note(file, "modified", now, { isSaved: true });
  }

  renamed(from: string, to: string, now: number): void {
    this.note(from, "deleted", now, { renamedTo: to });
    this.note(to, "created", now, { renamedFrom: from });
  }

  /** What is to be told now; when all is over, everything. */
  due(now: number, { isOver = false } = {}): FileChange[] {
    const due = [...this.pending.values()].filter((each) => isOver || this.dueAt(each) <= now);
    for (const { file } of due) {
      this.pending.delete(file);
      this.toldAt.set(file, now);
    }
    this.forget(now);
    return due.map(({ file, kind, isSaved, renamedFrom, renamedTo, at }) => ({ file, kind, isSaved, renamedFrom, renamedTo, at }));
  }

  /** When the next change is due; null: nothing waits. */
  get nextAt(): number | null {
    const times = [...this.pending.values()].map((each) => this.dueAt(each));
    return times.length === 0 ? null : times.reduce((one, other) => Math.min(one, other));
  }

  /** How many changes were too many at once since this was asked last. */
  takeLeftOut(): number {
    const { left } = this;
    this.left = 0;
    return left;
  }

  private note(file: string, kind: ChangeKind, now: number, more: Partial<Pick<FileChange, "isSaved" | "renamedFrom" | "renamedTo">>): void {
    const before = this.pending.get(file);
    if (before === undefined && this.pending.size >= MAX_FILES) {
      this.left += 1;
      return;
    }
    const first = before ?? { file, kind, isSaved: false, renamedFrom: null, renamedTo: null, at: now };
    this.pending.set(file, { ...first, ...more, kind: together(before?.kind ?? kind, kind), isSaved: first.isSaved || more.isSaved === true, lastAt: now });
  }

  private dueAt({ file, isSaved, kind, at, lastAt }: Pending): number {
    const held = isSaved ? at + SAVED_HOLD_MS : Math.min(lastAt + HOLD_MS, at + MAX_HOLD_MS);
    return kind === "deleted" ? held : Math.max(held, (this.toldAt.get(file) ?? -REPEAT_MS) + REPEAT_MS);
  }

  private forget(now: number): void {
    for (const [file, at] of this.toldAt) {
      if (at + REPEAT_MS <= now) {
        this.toldAt.delete(file);
      }
    }
  }
}

/** Of two changes of one file; whether it is there in the end is looked up when it is told. */
function together(first: ChangeKind, then: ChangeKind): ChangeKind {
  if (first === "created") {
    return "created";
  }
  return first === "deleted" && then !== "deleted" ? "modified" : then;
}
