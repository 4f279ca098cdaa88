import type { Daemon } from "../daemon/client";
import { RefusedError } from "../daemon/errors";
import { type Disposable, Signal } from "../daemon/signal";
import type { InteractionView, SessionEventView, SessionHead } from "../protocol";
import { nextChangeAt } from "./groups";

/** What changed, for a page that shows it. */
export type TimelineChange =
  | { readonly kind: "session" }
  | { readonly kind: "gone"; readonly sentence: string }
  | { readonly kind: "events"; readonly interactionId: string; readonly how: "reset" | "earlier" | "later"; readonly events: readonly SessionEventView[] };

interface Section {
  readonly seen: Set<number>;
  earlier: string | null;
}

const STEPS_PAGE = 25;
const EVENTS_PAGE = 100;
const TAIL_PAGE = 500;
/** Of one step: beyond it the page starts again with the latest ones. */
const MAX_SHOWN = 2_000;
/** A tail that is further behind is not caught up with but read anew. */
const MAX_TAIL_PAGES = 4;
const GATHER_MS = 80;

/** One session: its steps, and the events of those steps that are opened, live. */
export class Timeline implements Disposable {
  readonly changes = new Signal<TimelineChange>();
  readonly problems = new Signal<unknown>();
  session: SessionHead | null = null;
  private steps = new Map<string, InteractionView>();
  private lastPage: string | null = null;
  private readonly sections = new Map<string, Section>();
  private lastEventId = 0;
  private turn: Promise<void> = Promise.resolve();
  private readonly due = { steps: false, tail: false, anew: false };
  private gathering: NodeJS.Timeout | undefined;
  private ageing: NodeJS.Timeout | undefined;
  private readonly listening: Disposable[];

  constructor(
    private readonly daemon: Daemon,
    readonly sessionId: number,
  ) {
    this.listening = [
      daemon.gaps.listen(({ reread }) => this.soon({ steps: true, tail: true, anew: reread })),
      daemon.notices.listen(({ method, params }) => {
        if (params.sessionId === sessionId) {
          this.soon(method === "session/didAppendEvents" ? { tail: true } : { steps: true });
        }
      }),
    ];
  }

  get interactions(): readonly InteractionView[] {
    return [...this.steps.values()].sort((one, other) => one.position - other.position);
  }

  hasEarlier(interactionId: string): boolean {
    return (this.sections.get(interactionId)?.earlier ?? null) !== null;
  }

  /** The step that a person most likely came for. */
  stepOfInterest(): InteractionView | null {
    const steps = this.interactions;
    const pending = steps.find((step) => step.completedAt === null && step.supersededAt === null);
    const failed = this.session?.status === "failed" ? steps.at(-1) : undefined;
    const agentic = steps.findLast((step) => step.command.command === "claude");
    return pending ?? failed ?? agentic ?? steps.at(-1) ?? null;
  }

  load(): Promise<void> {
    return this.inTurn(async () => {
      this.sections.clear();
      await this.beginWithLatest();
      await this.readSteps();
    });
  }

  /** Shows the events of a step from now on: its latest page first. */
  open(interactionId: string): Promise<void> {
    return this.inTurn(() => this.readLatest(interactionId));
  }

  loadEarlier(interactionId: string): Promise<void> {
    return this.inTurn(async () => {
      const section = this.sections.get(interactionId);
      if (section?.earlier != null) {
        const events = await this.readBackwards(interactionId, section, section.earlier);
        this.changes.emit({ kind: "events", interactionId, how: "earlier", events });
      }
    });
  }

  dispose(): void {
    clearTimeout(this.gathering);
    clearTimeout(this.ageing);
    this.listening.forEach((one) => one.dispose());
  }

  private async readSteps(): Promise<void> {
    for (let cursor = this.lastPage; ; ) {
      const page = await this.daemon.call("session/get", { sessionId: this.sessionId, cursor, limit: STEPS_PAGE });
      this.session = page.session;
      page.interactions.forEach((interaction) => this.steps.set(interaction.id, interaction));
      this.changes.emit({ kind: "session" });
      if (page.nextCursor === null) {
        break;
      }
      // Steps are appended: what comes before the last page never changes again.
      cursor = this.lastPage = page.nextCursor;
    }
    this.watchAge();
  }

  private async readLatest(interactionId: string): Promise<void> {
    const section: Section = { seen: new Set(), earlier: null };
    const events = await this.readBackwards(interactionId, section, null);
    this.sections.set(interactionId, section);
    this.changes.emit({ kind: "events", interactionId, how: "reset", events });
  }

  private async readBackwards(interactionId: string, section: Section, cursor: string | null) {
    const page = await this.daemon.call("session/getEvents", {
      sessionId: this.sessionId,
      interactionId,
      descending: true,
      limit: EVENTS_PAGE,
      cursor,
    });
    section.earlier = page.nextCursor;
    return this.unseen(section, page.data.reverse());
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
      await this.append(page.data);
      if (page.nextCursor === null) {
        return;
      }
    }
    await this.startAnew();
  }

  private async append(arrived: readonly SessionEventView[]): Promise<void> {
    for (const [interactionId, section] of this.sections) {
      const events = this.unseen(
        section,
        arrived.filter((event) => event.interactionId === interactionId),
      );
      if (section.seen.size > MAX_SHOWN) {
        await this.readLatest(interactionId);
      } else if (events.length > 0) {
        this.changes.emit({ kind: "events", interactionId, how: "later", events });
      }
    }
  }

  private async startAnew(): Promise<void> {
    const opened = [...this.sections.keys()];
    await this.beginWithLatest();
    for (const interactionId of opened) {
      await this.readLatest(interactionId);
    }
  }

  /** The tail is what arrives after this. */
  private async beginWithLatest(): Promise<void> {
    const { sessionId } = this;
    const latest = await this.daemon.call("session/getEvents", { sessionId, order: "id", descending: true, limit: 1 });
    this.lastEventId = latest.data[0]?.id ?? 0;
  }

  private unseen(section: Section, events: readonly SessionEventView[]): SessionEventView[] {
    const fresh = events.filter((event) => !section.seen.has(event.id));
    fresh.forEach((event) => section.seen.add(event.id));
    return fresh;
  }

  private soon(due: Partial<Timeline["due"]>): void {
    this.due.steps ||= due.steps ?? false;
    this.due.tail ||= due.tail ?? false;
    this.due.anew ||= due.anew ?? false;
    this.gathering ??= setTimeout(() => {
      this.gathering = undefined;
      const due = { ...this.due };
      Object.assign(this.due, { steps: false, tail: false, anew: false });
      void this.inTurn(() => this.read(due));
    }, GATHER_MS);
  }

  private async read({ steps, tail, anew }: Timeline["due"]): Promise<void> {
    if (anew) {
      this.steps.clear();
      this.lastPage = null;
    }
    if (steps) {
      await this.readSteps();
    }
    if (anew) {
      await this.startAnew();
    } else if (tail) {
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
    const at = this.session === null ? null : nextChangeAt(this.session, Date.now());
    if (at !== null) {
      this.ageing = setTimeout(() => this.soon({ steps: true }), at - Date.now() + GATHER_MS);
    }
  }
}
