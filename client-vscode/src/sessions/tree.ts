import type { SessionHead } from "../protocol";
import { type Group, groupOf, GROUPS } from "./groups";
import type { SessionsChange } from "./session_list";

export interface GroupNode {
  readonly kind: "group";
  readonly group: Group;
  /** Newest first. */
  readonly sessions: readonly SessionNode[];
}

/** The row of a session: the same object as long as the session is known. */
export interface SessionNode {
  readonly kind: "session";
  readonly head: SessionHead;
  readonly children: readonly SessionNode[];
  /** Nobody has begun it: its parent, which is not done, runs it when it is its turn. */
  readonly isQueued: boolean;
  /** What it stands below. */
  readonly place: SessionNode | GroupNode;
}

/** The rows to be painted anew with what is below them; "all": the groups themselves are others. */
export type Repaint = "all" | ReadonlySet<GroupNode | SessionNode>;

export type Suits = (head: SessionHead) => boolean;

interface GroupRow extends GroupNode {
  readonly sessions: SessionRow[];
}

interface SessionRow extends SessionNode {
  head: SessionHead;
  readonly children: SessionRow[];
  isQueued: boolean;
  place: SessionRow | GroupRow;
}

type Heads = ReadonlyMap<number, SessionHead>;

/**
 * The sessions that suit, by group; a child is shown under its parent, wherever that is, once both are known. What changes
 * is put in its place alone, however many sessions there are.
 */
export class SessionTree {
  /** How many sessions wait to be run by a person; those in a queue wait for their parent, and asks are counted as asks. */
  readonly waiting = new Set<number>();
  private readonly all: Readonly<Record<Group, GroupRow>> = {
    waiting: emptyGroup("waiting"),
    running: emptyGroup("running"),
    paused: emptyGroup("paused"),
    finished: emptyGroup("finished"),
  };
  private readonly rows = new Map<number, SessionRow>();
  private readonly parents = new Map<number, number>();
  /** The children of each parent that are known, rows or not. */
  private readonly families = new Map<number, Set<number>>();
  private repaint = new Set<GroupNode | SessionNode>();
  private isUpset = false;

  /** Those that have sessions, in the order of urgency. */
  get groups(): GroupNode[] {
    return GROUPS.map((group) => this.all[group]).filter(({ sessions }) => sessions.length > 0);
  }

  /** Also without sessions. */
  get finished(): GroupNode {
    return this.all.finished;
  }

  get(sessionId: number): SessionNode | undefined {
    return this.rows.get(sessionId);
  }

  update(heads: Heads, change: SessionsChange, now: number, suits: Suits = () => true): Repaint {
    this.repaint = new Set();
    this.isUpset = change === "all";
    const ids = change === "all" ? new Set([...this.rows.keys(), ...this.waiting, ...heads.keys()]) : change;
    for (const id of ids) {
      this.put(id, heads, now, suits);
    }
    return this.isUpset ? "all" : this.repaint;
  }

  private put(id: number, heads: Heads, now: number, suits: Suits): void {
    const head = heads.get(id);
    const row = this.rows.get(id);
    this.relate(id, head?.parentSessionId ?? null);
    if (head === undefined || !suits(head)) {
      if (row !== undefined) {
        this.remove(row, now);
      }
    } else if (row === undefined) {
      this.add(head, now);
    } else {
      row.head = head;
      this.stand(row, now);
    }
    for (const known of [id, ...(this.families.get(id) ?? [])]) {
      this.judge(known, heads, now);
    }
  }

  private relate(id: number, parent: number | null): void {
    const before = this.parents.get(id);
    if (before === (parent ?? undefined)) {
      return;
    }
    if (before !== undefined) {
      this.families.get(before)?.delete(id);
      this.parents.delete(id);
    }
    if (parent !== null) {
      this.families.set(parent, (this.families.get(parent) ?? new Set()).add(id));
      this.parents.set(id, parent);
    }
  }

  private add(head: SessionHead, now: number): void {
    const place = this.placeOf(head, now);
    const row: SessionRow = { kind: "session", head, children: [], isQueued: false, place };
    this.rows.set(head.id, row);
    this.insert(row, place);
    this.gather(row, now);
  }

  private remove(row: SessionRow, now: number): void {
    this.rows.delete(row.head.id);
    this.take(row);
    this.gather(row, now);
  }

  /** The children of one that came, or went, go where they belong now. */
  private gather({ head }: SessionRow, now: number): void {
    for (const child of this.families.get(head.id) ?? []) {
      const row = this.rows.get(child);
      if (row !== undefined) {
        this.stand(row, now);
      }
    }
  }

  private stand(row: SessionRow, now: number): void {
    const place = this.placeOf(row.head, now);
    if (place === row.place) {
      this.repaint.add(place.kind === "session" ? place : row);
    } else {
      this.take(row);
      this.insert(row, place);
      // A row that is known to the editor may not stand in two places for a moment.
      this.isUpset = true;
    }
  }

  private insert(row: SessionRow, place: SessionRow | GroupRow): void {
    row.place = place;
    const rows = rowsOf(place);
    rows.splice(indexIn(rows, row.head.id), 0, row);
    this.repaint.add(place);
    this.isUpset ||= place.kind === "group" && rows.length === 1;
  }

  private take(row: SessionRow): void {
    const rows = rowsOf(row.place);
    rows.splice(indexIn(rows, row.head.id), 1);
    this.repaint.add(row.place);
    this.isUpset ||= row.place.kind === "group" && rows.length === 0;
  }

  private judge(id: number, heads: Heads, now: number): void {
    const head = heads.get(id);
    const parent = head?.parentSessionId == null ? undefined : heads.get(head.parentSessionId);
    const isQueued = head !== undefined && parent?.status === "active" && !isBegun(head);
    if (head !== undefined && !isQueued && head.openAskCount === 0 && groupOf(head, now) === "waiting") {
      this.waiting.add(id);
    } else {
      this.waiting.delete(id);
    }
    const row = this.rows.get(id);
    if (row !== undefined && row.isQueued !== isQueued) {
      row.isQueued = isQueued;
      this.repaint.add(row);
    }
  }

  private placeOf(head: SessionHead, now: number): SessionRow | GroupRow {
    const parent = head.parentSessionId === null ? undefined : this.rows.get(head.parentSessionId);
    return parent ?? this.all[groupOf(head, now)];
  }
}

function emptyGroup(group: Group): GroupRow {
  return { kind: "group", group, sessions: [] };
}

function isBegun(head: SessionHead): boolean {
  return head.interactionCount > 0 || head.status !== "active" || head.pausedAt !== null;
}

function rowsOf(place: SessionRow | GroupRow): SessionRow[] {
  return place.kind === "group" ? place.sessions : place.children;
}

/** Where it is, or would be, among rows of which the newest is the first. */
function indexIn(rows: readonly SessionRow[], id: number): number {
  const isBefore = (row: SessionRow | undefined): boolean => row !== undefined && row.head.id > id;
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    [low, high] = isBefore(rows[middle]) ? [middle + 1, high] : [low, middle];
  }
  return low;
}
