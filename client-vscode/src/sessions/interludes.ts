import type { InteractionView, SessionEventView } from "../protocol";
import { inOrder } from "./event_order";
import type { ReadEvents } from "./event_window";

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

/** The events of a session that belong to no step. */
export class OutsideEvents {
  private held: SessionEventView[] = [];
  private readonly ids = new Set<number>();
  /** Whether there were more, earlier ones. */
  isCut = false;

  get events(): readonly SessionEventView[] {
    return this.held;
  }

  has(event: SessionEventView): boolean {
    return this.ids.has(event.id);
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
    this.ids.clear();
    this.isCut = cursor !== null;
    this.add(found);
  }

  /** Whether one of them belongs to no step, and is new. */
  add(events: readonly SessionEventView[]): boolean {
    const fresh = events.filter((event) => event.interactionId === null && !this.has(event));
    fresh.forEach(({ id }) => this.ids.add(id));
    this.held = [...this.held, ...fresh].sort(inOrder);
    return fresh.length > 0;
  }
}

/** In order; none is empty. `events`: in order, too; `isCut`: they are not all. */
export function interludesOf(events: readonly SessionEventView[], steps: readonly InteractionView[], isCut = false): Interlude[] {
  const begins = steps.map(beginOf);
  const groups = new Map<InteractionView | null, SessionEventView[]>();
  for (const event of events) {
    const at = Date.parse(event.sentAt);
    const after = steps[begins.findLastIndex((begin) => begin <= at)] ?? null;
    groups.set(after, [...(groups.get(after) ?? []), event]);
  }
  return [null, ...steps].flatMap((after) => {
    const own = groups.get(after);
    return own === undefined ? [] : [{ id: after === null ? "before" : `after-${after.id}`, after, events: own, isCut: isCut && own[0] === events[0] }];
  });
}

/** A step that nobody has taken yet has not begun, though it is there. */
function beginOf({ claim, completedAt, supersededAt, insertedAt }: InteractionView): number {
  const isOpen = claim === null && completedAt === null && supersededAt === null;
  return isOpen ? Infinity : Date.parse(claim?.claimedAt ?? insertedAt);
}
