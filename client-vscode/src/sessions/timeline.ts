import type { Daemon } from "../daemon/client";
import { RefusedError } from "../daemon/errors";
import { type Disposable, Signal } from "../daemon/signal";
import type { EventType, InteractionView, SessionEventView, SessionHead, SourceView } from "../protocol";
import { findEvent, type Search } from "./event_search";
import { EventWindow, type Held, type ReadEvents } from "./event_window";
import { Gathered } from "./gathered";
import { Interludes } from "./interludes";
import { isClaimed, nextChangeAt } from "./groups";
import { TouchedFiles } from "./touched_files";

/** What changed, for a page that shows it. */
export type TimelineChange =
  | { readonly kind: "session" }
  | { readonly kind: "gone"; readonly sentence: string }
  | { readonly kind: "events"; readonly interactionId: string };

const STEPS_PAGE = 25;
const TAIL_PAGE = 500;
/** A tail that is further behind is not caught up with but read anew. */
const MAX_TAIL_PAGES = 4;
const GATHER_MS = 80;
/** That a terminal's source is silent shows by nothing else than time. */
const SOURCES_MS = 10_000;

/** One session: its steps, and the events of those steps that are opened, live. */
export class Timeline implements Disposable {
  readonly changes = new Signal<TimelineChange>();
  readonly problems = new Signal<unknown>();
  session: SessionHead | null = null;
  /** What tells of the agent in the session's terminal. */
  sources: readonly SourceView[] = [];
  private steps = new Map<string, InteractionView>();
  private lastPage: string | null = null;
  private readonly windows = new Map<string, EventWindow>();
  /** Only events of these; null: of all. */
  types: ReadonlySet<EventType> | null = null;
  private searches = 0;
  /** Whether the reader sees the end, and wants to see what comes. */
  isFollowed = false;
  readonly files = new TouchedFiles();
  readonly interludes = new Interludes();
  private lastEventId = 0;
  private turn: Promise<void> = Promise.resolve();
  private readonly due = new Gathered<"steps" | "tail" | "anew">(GATHER_MS, (due) => void this.inTurn(() => this.read(due)));
  private ageing: NodeJS.Timeout | undefined;
  private readonly listening: Disposable[];

  constructor(
    private readonly daemon: Daemon,
    readonly sessionId: number,
  ) {
    this.listening = [
      daemon.gaps.listen(({ reread }) => this.due.soon("steps", "tail", ...(reread ? (["anew"] as const) : []))),
      daemon.notices.listen(({ method, params }) => {
        if (params.sessionId === sessionId) {
          this.due.soon(method === "session/didAppendEvents" ? "tail" : "steps");
        }
      }),
    ];
  }

  get interactions(): readonly InteractionView[] {
    return [...this.steps.values()].sort((one, other) => one.position - other.position);
  }

  /** What is held of the events of a step, or of what came between; undefined: it is not opened. */
  window(id: string): Held | undefined {
    return this.windows.get(id) ?? this.interludes.window(id, this.types);
  }

  load(): Promise<void> {
    return this.inTurn(async () => {
      this.windows.clear();
      await this.beginWithLatest();
      await this.readSteps();
    });
  }

  /** Which files the session changed, and what happened between its steps, of the whole record; it may be long. */
  readWhole(): Promise<void> {
    return this.inTurn(async () => {
      await this.files.readAll(this.readEvents);
      await this.readOutside();
    });
  }

  /** Shows the events of a step from now on: its first ones, or its latest. */
  open(interactionId: string, from: "start" | "end" = "end"): Promise<void> {
    return this.inTurn(async () => {
      if (this.interludes.window(interactionId, null) === undefined) {
        await this.readPage(interactionId, from);
      } else {
        this.changes.emit({ kind: "events", interactionId });
      }
    });
  }

  /** What is held of it is told again. */
  showHeld(interactionId: string): Promise<void> {
    return this.inTurn(() => {
      this.changes.emit({ kind: "events", interactionId });
      return Promise.resolve();
    });
  }

  close(interactionId: string): void {
    this.windows.delete(interactionId);
  }

  page(interactionId: string, where: "earlier" | "later" | "first" | "latest"): Promise<void> {
    return this.inTurn(async () => {
      const window = this.windows.get(interactionId);
      if (window === undefined) {
        return;
      }
      try {
        await { earlier: () => window.readEarlier(), later: () => window.readLater(), first: () => window.readFirst(), latest: () => window.readLatest() }[where]();
      } finally {
        // Who asked may ask again.
        this.changes.emit({ kind: "events", interactionId });
      }
    });
  }

  /** Only events of these types; null: of all. */
  narrow(types: ReadonlySet<EventType> | null): Promise<void> {
    return this.inTurn(async () => {
      this.types = types;
      this.interludes.all.forEach(({ id }) => this.changes.emit({ kind: "events", interactionId: id }));
      await this.readOpenedAnew();
    });
  }

  /** Finds an event of the session and shows it among its neighbours; a later search ends an earlier one. */
  async find(search: Omit<Search, "types">, types: readonly EventType[] | null = null): Promise<SessionEventView | null> {
    const turn = (this.searches += 1);
    const wanted = types ?? (this.types === null ? null : [...this.types]);
    const known = (event: SessionEventView): boolean => (event.interactionId === null ? this.interludes.has(event) : this.steps.has(event.interactionId));
    const matches = (event: SessionEventView): boolean => known(event) && search.matches(event);
    const found = await findEvent(this.readEvents, { ...search, matches, types: wanted }, () => this.searches !== turn);
    if (found !== null && found.interactionId !== null) {
      await this.showEvent(found, found.interactionId);
    }
    return found;
  }

  dispose(): void {
    this.due.dispose();
    clearTimeout(this.ageing);
    this.listening.forEach((one) => one.dispose());
  }

  private async readOutside(): Promise<void> {
    await this.interludes.readAll(this.readEvents);
    this.changes.emit({ kind: "session" });
  }

  private async readSteps(): Promise<void> {
    for (let cursor = this.lastPage; ; ) {
      const page = await this.daemon.call("session/get", { sessionId: this.sessionId, cursor, limit: STEPS_PAGE });
      this.session = page.session;
      this.sources = page.sources;
      page.interactions.forEach((interaction) => this.steps.set(interaction.id, interaction));
      this.interludes.place(this.interactions);
      this.changes.emit({ kind: "session" });
      if (page.nextCursor === null) {
        break;
      }
      // Steps are appended: what comes before the last page never changes again.
      cursor = this.lastPage = page.nextCursor;
    }
    this.watchAge();
  }

  private readonly readEvents: ReadEvents = (query) => this.daemon.call("session/getEvents", { ...query, sessionId: this.sessionId });

  private async readPage(interactionId: string, from: "start" | "end"): Promise<void> {
    const window = new EventWindow(interactionId, this.readEvents, this.types);
    await (from === "start" ? window.readFirst() : window.readLatest());
    this.windows.set(interactionId, window);
    this.changes.emit({ kind: "events", interactionId });
  }

  private showEvent(event: SessionEventView, interactionId: string): Promise<void> {
    return this.inTurn(async () => {
      const open = this.windows.get(interactionId);
      if (open?.events.some(({ id }) => id === event.id) === true) {
        return;
      }
      const window = new EventWindow(interactionId, this.readEvents, this.types);
      await window.readAround(event);
      this.windows.set(interactionId, window);
      this.changes.emit({ kind: "events", interactionId });
    });
  }

  /** All events that arrived since the last look, for the steps that are opened. */
  private async readTail(): Promise<void> {
    for (let read = 0; read < MAX_TAIL_PAGES; read += 1) {
      const page = await this.daemon.call("session/getEvents", {
        sessionId: this.sessionId,
        order: "id",
        afterId: this.lastEventId,
        limit: TAIL_PAGE,
      });
      this.lastEventId = page.data.at(-1)?.id ?? this.lastEventId;
      this.append(page.data);
      if (page.nextCursor === null) {
        return;
      }
    }
    await this.fallBehind();
  }

  /** Too much has come at once: who reads on at the end sees the latest, everybody else where they are. */
  private async fallBehind(): Promise<void> {
    await this.beginWithLatest();
    await this.readOutside();
    if (this.isFollowed) {
      await this.readOpenedAnew();
      return;
    }
    for (const [interactionId, window] of this.windows) {
      window.hasLater = true;
      this.changes.emit({ kind: "events", interactionId });
    }
  }

  private append(arrived: readonly SessionEventView[]): void {
    for (const [interactionId, window] of this.windows) {
      if (window.append(arrived, this.isFollowed)) {
        this.changes.emit({ kind: "events", interactionId });
      }
    }
    const [isOutside, isFile] = [this.interludes.add(arrived), this.files.addLater(arrived)];
    if (isOutside || isFile) {
      this.changes.emit({ kind: "session" });
    }
  }

  private async startAnew(): Promise<void> {
    await this.beginWithLatest();
    await this.readOutside();
    await this.readOpenedAnew();
  }

  private async readOpenedAnew(): Promise<void> {
    for (const interactionId of [...this.windows.keys()]) {
      await this.readPage(interactionId, "end");
    }
  }

  /** The tail is what arrives after this. */
  private async beginWithLatest(): Promise<void> {
    const { sessionId } = this;
    const latest = await this.daemon.call("session/getEvents", { sessionId, order: "id", descending: true, limit: 1 });
    this.lastEventId = latest.data[0]?.id ?? 0;
  }

  private async read(due: ReadonlySet<"steps" | "tail" | "anew">): Promise<void> {
    if (due.has("anew")) {
      this.steps.clear();
      this.lastPage = null;
    }
    if (due.has("steps")) {
      await this.readSteps();
    }
    if (due.has("anew")) {
      await this.startAnew();
    } else if (due.has("tail")) {
      await this.readTail();
    }
  }

  private inTurn(read: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(read).catch((error: unknown) => {
      if (error instanceof RefusedError && error.code === "session_not_found") {
        this.changes.emit({ kind: "gone", sentence: error.message });
      } else {
        // When the connection broke, the next one reads on after the last event.
        this.problems.emit(error);
      }
    });
    return this.turn;
  }

  private watchAge(): void {
    clearTimeout(this.ageing);
    const now = Date.now();
    const { session, sources } = this;
    const at = session === null ? null : nextChangeAt(session, now);
    const isWatched = sources.length > 0 && isClaimed(session?.pendingInteraction ?? null, now);
    if (at !== null || isWatched) {
      const next = Math.min(at ?? Infinity, isWatched ? now + SOURCES_MS : Infinity);
      this.ageing = setTimeout(() => this.due.soon("steps"), next - now + GATHER_MS);
    }
  }
}
