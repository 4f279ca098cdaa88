import { type Disposable, Signal } from "../daemon/signal";
import type { NameBook } from "./names";
import { filterFrom, isFilter, type SessionFilter, suitsOf } from "./session_filter";
import type { SessionList, SessionsChange } from "./session_list";
import { type Repaint, SessionTree } from "./tree";

/** Where the filter is kept, as a workspace's memory is. */
export interface Kept {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

const KEY = "treadle.sessions.filter";
/** So many are read by themselves for a filter; beyond it the person is asked. */
const SEARCHED_AT_ONCE = 2_000;
const PIECE = 500;

/** The tree of those sessions that the person wants to see. */
export class FilteredSessions implements Disposable {
  readonly tree = new SessionTree();
  readonly repaints = new Signal<Repaint>();
  private wanted: SessionFilter;
  /** A filter that was kept from the last time is followed as far as a new one, once there are sessions. */
  private isSearched = false;
  private readonly listening: Disposable[];

  constructor(
    private readonly sessions: SessionList,
    private readonly names: NameBook,
    private readonly kept: Kept,
  ) {
    this.wanted = filterFrom(kept.get(KEY));
    this.listening = [sessions.changes.listen((change) => this.update(change)), names.changes.listen(() => this.update("all"))];
  }

  get filter(): SessionFilter {
    return this.wanted;
  }

  get isFiltered(): boolean {
    return isFilter(this.wanted);
  }

  async setFilter(filter: SessionFilter): Promise<void> {
    this.wanted = filter;
    this.isSearched = true;
    this.update("all");
    await this.kept.update(KEY, this.isFiltered ? filter : undefined);
    if (this.isFiltered) {
      await this.search();
    }
  }

  /** Looks through sessions that are not loaded yet, as far as that is quick. */
  async search(): Promise<void> {
    const { sessions, wanted } = this;
    const end = sessions.byId.size + SEARCHED_AT_ONCE;
    let before = -1;
    // Also ends where nothing comes any more, say because the daemon is gone.
    while (this.wanted === wanted && sessions.hasMore && before < sessions.byId.size && sessions.byId.size < end) {
      before = sessions.byId.size;
      await sessions.loadMore(PIECE);
    }
  }

  dispose(): void {
    this.listening.forEach((one) => one.dispose());
  }

  private update(change: SessionsChange): void {
    const suits = suitsOf(this.wanted, this.names, Date.now) ?? undefined;
    const repaint = this.tree.update(this.sessions.byId, change, Date.now(), suits);
    if (repaint === "all" || repaint.size > 0) {
      this.repaints.emit(repaint);
    }
    if (this.isFiltered && !this.isSearched && this.sessions.byId.size > 0) {
      this.isSearched = true;
      void this.search();
    }
  }
}
