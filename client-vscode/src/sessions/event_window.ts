import type { EventType, SessionEventView, SessionGetEventsParams, SessionGetEventsResponse } from "../protocol";
import { type EventPlace, inOrder, justAfter } from "./event_order";

type Query = Omit<SessionGetEventsParams, "sessionId">;
export type ReadEvents = (query: Query) => Promise<SessionGetEventsResponse>;

/** A stretch of events, of a longer one perhaps. */
export interface Held {
  readonly events: readonly SessionEventView[];
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
}

const PAGE = 200;
/** Of one step; beyond it what is furthest from the reader is dropped, to be read again when it is wanted. */
const MAX_EVENTS = 1_000;
const MAX_CHARACTERS = 6 * 1024 * 1024;

/** A stretch of the events of one step: pages are read at both of its ends, and dropped at the other. */
export class EventWindow implements Held {
  hasEarlier = false;
  hasLater = false;
  private held: SessionEventView[] = [];
  private readonly sizes = new Map<number, number>();
  private characters = 0;
  /** Where the page before the first event begins, as long as that is the first one. */
  private before: { readonly firstId: number; readonly cursor: string } | null = null;

  constructor(
    private readonly interactionId: string,
    private readonly read: ReadEvents,
    private readonly types: ReadonlySet<EventType> | null = null,
  ) {}

  get events(): readonly SessionEventView[] {
    return this.held;
  }

  async readLatest(): Promise<void> {
    const page = await this.page({ descending: true });
    this.forget();
    this.hasLater = false;
    this.putBefore(page);
  }

  async readFirst(): Promise<void> {
    const page = await this.page({});
    this.forget();
    this.hasEarlier = false;
    this.hasLater = page.nextCursor !== null;
    page.data.forEach((event) => this.put(event));
  }

  async readEarlier(): Promise<void> {
    const [first] = this.held;
    if (first === undefined) {
      return this.readLatest();
    }
    const start: Query = this.before?.firstId === first.id ? { cursor: this.before.cursor } : { sentUntil: justAfter(first.sentAt) };
    this.putBefore(await this.beyond({ ...start, descending: true }, (event) => inOrder(event, first) < 0));
    this.dropFromEnd();
  }

  async readLater(): Promise<void> {
    const last = this.held.at(-1);
    if (last === undefined) {
      return this.readLatest();
    }
    const page = await this.beyond({ sentFrom: last.sentAt }, (event) => inOrder(event, last) > 0);
    this.hasLater = page.nextCursor !== null;
    page.data.forEach((event) => this.put(event));
    this.dropFromStart();
  }

  /** A page before the place, and one from there on. */
  async readAround(place: EventPlace): Promise<void> {
    const earlier = await this.beyond({ sentUntil: justAfter(place.sentAt), descending: true }, (event) => inOrder(event, place) < 0);
    const later = await this.beyond({ sentFrom: place.sentAt }, (event) => inOrder(event, place) >= 0);
    this.forget();
    this.hasLater = later.nextCursor !== null;
    this.putBefore(earlier);
    later.data.forEach((event) => this.put(event));
  }

  /** What has arrived: it is shown when the end is. Whether anything is different now. */
  append(arrived: readonly SessionEventView[], isFollowed: boolean): boolean {
    const fresh = arrived.filter((event) => event.interactionId === this.interactionId && this.types?.has(event.eventType) !== false && !this.sizes.has(event.id));
    const [first] = this.held;
    const within = this.hasEarlier && first !== undefined ? fresh.filter((event) => inOrder(event, first) > 0) : fresh;
    if (within.length === 0) {
      return false;
    }
    if (this.hasLater || (!isFollowed && this.isFull())) {
      const isNews = !this.hasLater;
      this.hasLater = true;
      return isNews;
    }
    within.forEach((event) => this.put(event));
    this.dropFromStart();
    return true;
  }

  private page(query: Query): Promise<SessionGetEventsResponse> {
    return this.read({ ...query, interactionId: this.interactionId, limit: PAGE, ...(this.types === null ? {} : { eventTypes: [...this.types] }) });
  }

  /** The next page that has something new: many events may have happened at the same moment. */
  private async beyond(query: Query, isNew: (event: SessionEventView) => boolean): Promise<SessionGetEventsResponse> {
    for (let next = query; ; ) {
      const { data, nextCursor } = await this.page(next);
      const fresh = data.filter(isNew);
      if (fresh.length > 0 || nextCursor === null) {
        return { data: fresh, nextCursor };
      }
      next = { descending: query.descending === true, cursor: nextCursor };
    }
  }

  /** `page`: newest first. */
  private putBefore({ data, nextCursor }: SessionGetEventsResponse): void {
    data.forEach((event) => this.put(event));
    const [first] = this.held;
    this.hasEarlier = nextCursor !== null;
    this.before = nextCursor === null || first === undefined ? null : { firstId: first.id, cursor: nextCursor };
  }

  private put(event: SessionEventView): void {
    if (this.sizes.has(event.id)) {
      return;
    }
    const size = JSON.stringify(event.data).length;
    this.sizes.set(event.id, size);
    this.characters += size;
    const [first] = this.held;
    if (first === undefined || inOrder(event, first) < 0) {
      this.held.unshift(event);
      return;
    }
    // Nearly always it is the last one.
    let at = this.held.length;
    for (let other = this.held[at - 1]; other !== undefined && inOrder(event, other) < 0; other = this.held[at - 1]) {
      at -= 1;
    }
    this.held.splice(at, 0, event);
  }

  private isFull(): boolean {
    return this.held.length >= MAX_EVENTS || this.characters >= MAX_CHARACTERS;
  }

  /** Some more than needed, so that not every event moves it. */
  private dropFromStart(): void {
    if (this.held.length > MAX_EVENTS || this.characters > MAX_CHARACTERS) {
      this.drop(this.countToDrop(this.held), "shift");
      this.hasEarlier = true;
    }
  }

  private dropFromEnd(): void {
    if (this.held.length > MAX_EVENTS || this.characters > MAX_CHARACTERS) {
      this.drop(this.countToDrop(this.held.toReversed()), "pop");
      this.hasLater = true;
    }
  }

  private countToDrop(events: readonly SessionEventView[]): number {
    let [dropped, characters] = [0, this.characters];
    for (const event of events.slice(0, -1)) {
      if (this.held.length - dropped <= MAX_EVENTS - PAGE && characters <= MAX_CHARACTERS) {
        break;
      }
      characters -= this.sizes.get(event.id) ?? 0;
      dropped += 1;
    }
    return dropped;
  }

  private drop(number: number, way: "shift" | "pop"): void {
    const dropped = way === "shift" ? this.held.splice(0, number) : this.held.splice(this.held.length - number, number);
    for (const { id } of dropped) {
      this.characters -= this.sizes.get(id) ?? 0;
      this.sizes.delete(id);
    }
  }

  private forget(): void {
    this.held = [];
    this.sizes.clear();
    this.characters = 0;
    this.before = null;
  }
}
