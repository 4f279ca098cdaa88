import type { EventType, InteractionView, SessionEventView } from "../protocol";
import { inOrder } from "./event_order";
import type { Held, ReadEvents } from "./event_window";

/** What happened between two steps and belongs to neither: what a person did, what changed meanwhile. */
export interface Interlude {
  readonly id: string;
  /** The step after whose beginning it came; null: it came before them all. */
  readonly after: InteractionView | null;
  readonly events: readonly SessionEventView[];
  /** Whether there were more, earlier ones. */
  readonly isCut: boolean;
}

const PAGE = 500;
/** Of one session: there are few of them, unless something is wrong. */
const MAX_EVENTS = 2_000;
const MAX_CHARACTERS = 6 * 1024 * 1024;

/** The interludes of one session, live. */
export class Interludes {
  /** In order; none is empty. */
  all: readonly Interlude[] = [];
  private steps: readonly InteractionView[] = [];
  private held: SessionEventView[] = [];
  private readonly sizes = new Map<number, number>();
  private isCut = false;

  has(event: SessionEventView): boolean {
    return this.sizes.has(event.id);
  }

  /** The events of one, as far as they are of these types; null: of any. */
  window(id: string, types: ReadonlySet<EventType> | null): Held | undefined {
    const events = this.all.find((interlude) => interlude.id === id)?.events;
    return events === undefined ? undefined : { events: types === null ? events : events.filter(({ eventType }) => types.has(eventType)), hasEarlier: false, hasLater: false };
  }

  /** `steps`: all of them, in order. */
  place(steps: readonly InteractionView[]): void {
    this.steps = steps;
    this.putTogether();
  }

  async readAll(read: ReadEvents): Promise<void> {
    const found: SessionEventView[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null && found.length < MAX_EVENTS) {
      const page = await read({ withoutInteraction: true, descending: true, limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      found.push(...page.data);
      cursor = page.nextCursor;
    }
    this.held = [];
    this.sizes.clear();
    this.isCut = cursor !== null;
    this.add(found);
    this.putTogether();
  }

  /** Whether one of them belongs to no step, and is new. */
  add(events: readonly SessionEventView[]): boolean {
    const fresh = events.filter((event) => event.interactionId === null && !this.has(event));
    if (fresh.length > 0) {
      fresh.forEach(({ id, data }) => this.sizes.set(id, JSON.stringify(data).length));
      this.held = [...this.held, ...fresh].sort(inOrder);
      this.dropEarliest();
      this.putTogether();
    }
    return fresh.length > 0;
  }

  private putTogether(): void {
    this.all = interludesOf(this.held, this.steps, this.isCut);
  }

  private dropEarliest(): void {
    let characters = this.held.reduce((sum, { id }) => sum + (this.sizes.get(id) ?? 0), 0);
    const kept = this.held.findIndex(({ id }, place) => {
      const isEnough = this.held.length - place <= MAX_EVENTS && characters <= MAX_CHARACTERS;
      characters -= isEnough ? 0 : (this.sizes.get(id) ?? 0);
      return isEnough;
    });
    const dropped = this.held.splice(0, kept < 0 ? this.held.length - 1 : kept);
    dropped.forEach(({ id }) => this.sizes.delete(id));
    this.isCut ||= dropped.length > 0;
  }
}

/** In order; none is empty. `events`: in order, too; `isCut`: they are not all. */
export function interludesOf(events: readonly SessionEventView[], steps: readonly InteractionView[], isCut = false): Interlude[] {
  const begins = steps.map(beginOf);
  const groups = new Map<InteractionView | null, SessionEventView[]>();
  for (const event of events) {
    const at = Date.parse(event.sentAt);
    const after = steps[begins.findLastIndex((begin) => begin <= at)] ?? null;
    const group = groups.get(after) ?? [];
    group.push(event);
    groups.set(after, group);
  }
  return [null, ...steps].flatMap((after) => {
    const own = groups.get(after);
    return own === undefined ? [] : [{ id: after === null ? "before" : `after-${after.id}`, after, events: own, isCut: isCut && own[0] === events[0] }];
  });
}

/** A step that nobody has taken has not begun, though it is there; one that nobody took began when it was over. */
function beginOf({ claim, completedAt, supersededAt }: InteractionView): number {
  const at = claim?.claimedAt ?? completedAt ?? supersededAt;
  return at === null ? Infinity : Date.parse(at);
}
