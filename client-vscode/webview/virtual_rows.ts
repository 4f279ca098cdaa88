import { elementScroll, observeElementOffset, observeElementRect, type VirtualItem, Virtualizer } from "@tanstack/virtual-core";
import { heightOf, type Item } from "./flat_list";

const OVERSCAN = 12;
const NEAR_END = 40;
/** Heights that are remembered of rows that are gone, at most so many times as there are rows. */
const MAX_REMEMBERED = 4;

interface Anchor {
  readonly id: string;
  /** Of its top from the top of what is seen. */
  readonly distance: number;
}

/** Which items are to be seen, and where: the reader stays at what they read, whatever comes before it. */
export class VirtualRows {
  private items: readonly Item[] = [];
  private readonly virtualizer: Virtualizer<HTMLElement, HTMLElement>;
  private readonly unmount: () => void;
  private margin = 0;
  private covered = 0;
  private kept: Anchor | null = null;

  constructor(
    private readonly scroller: HTMLElement,
    private readonly changed: () => void,
  ) {
    this.virtualizer = new Virtualizer<HTMLElement, HTMLElement>(this.options());
    this.unmount = this.virtualizer._didMount();
    this.virtualizer._willUpdate();
  }

  dispose(): void {
    this.unmount();
  }

  get seen(): readonly VirtualItem[] {
    return this.virtualizer.getVirtualItems();
  }

  get height(): number {
    return this.virtualizer.getTotalSize();
  }

  /** Where the list begins below the top of what is scrolled. */
  get start(): number {
    return this.margin;
  }

  /** `margin`: the list's own place; `covered`: how much of what is scrolled lies below what stays at the top. */
  place(margin: number, covered: number): void {
    if (Math.abs(margin - this.margin) >= 1 || covered !== this.covered) {
      this.margin = margin;
      this.covered = covered;
      this.virtualizer.setOptions(this.options());
      this.virtualizer._willUpdate();
      this.changed();
    }
  }

  /** Whether the list has not been scrolled to yet. */
  isAtTop(): boolean {
    return this.scroller.scrollTop < this.margin - this.covered;
  }

  isAtEnd(): boolean {
    const { scrollTop, clientHeight, scrollHeight } = this.scroller;
    return scrollTop + clientHeight >= scrollHeight - NEAR_END;
  }

  /** Before the page is drawn: which items there are now. */
  show(items: readonly Item[]): void {
    this.kept ??= this.anchor();
    this.items = items;
    this.virtualizer.setOptions(this.options());
    this.virtualizer._willUpdate();
    this.forgetHeights();
  }

  /** After it is drawn: what was read is where it was. */
  settle(): void {
    const { kept } = this;
    this.kept = null;
    if (kept !== null) {
      this.keep(kept);
    }
  }

  measure(element: Element | undefined): void {
    if (element instanceof HTMLElement) {
      this.virtualizer.measureElement(element);
    }
  }

  scrollTo(index: number, align: "start" | "center" | "auto"): void {
    this.virtualizer.scrollToIndex(index, { align });
  }

  scrollToEnd(): void {
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  /** The first item of which something is seen. */
  firstSeen(): Item | null {
    return this.items[this.firstSeenIndex()] ?? null;
  }

  firstSeenIndex(): number {
    const top = this.top;
    return this.seen.find(({ end }) => end > top)?.index ?? 0;
  }

  /** The items that are seen, and those so many pixels before and behind them. */
  around(pixels: number): [first: number, last: number] {
    const { scrollTop, clientHeight } = this.scroller;
    const first = this.virtualizer.getVirtualItemForOffset(Math.max(0, scrollTop - pixels))?.index ?? 0;
    const last = this.virtualizer.getVirtualItemForOffset(scrollTop + clientHeight + pixels)?.index ?? this.items.length - 1;
    return [first, last];
  }

  /** A row rather than what leads to more rows: that is where they come. */
  private anchor(): Anchor | null {
    const { top } = this;
    const seen = this.seen.filter(({ end, start }) => end > top && start < top + this.scroller.clientHeight);
    const [first] = seen;
    if (first === undefined || (first.index === 0 && first.start >= top)) {
      return null;
    }
    const sentinel = this.items[first.index]?.kind === "earlier";
    const kept = (sentinel ? seen[1] : undefined) ?? first;
    const item = this.items[kept.index];
    return item === undefined ? null : { id: item.id, distance: kept.start - this.scroller.scrollTop };
  }

  private keep({ id, distance }: Anchor): void {
    const index = this.items.findIndex((item) => item.id === id);
    this.virtualizer.getTotalSize();
    const place = index < 0 ? undefined : this.virtualizer.measurementsCache[index];
    if (place !== undefined && Math.abs(place.start - distance - this.scroller.scrollTop) >= 1) {
      this.virtualizer.scrollToOffset(place.start - distance);
    }
  }

  /** Rows come and go by the hundred thousand; the library keeps each one's height for ever. */
  private forgetHeights(): void {
    const { itemSizeCache } = this.virtualizer;
    if (itemSizeCache.size > MAX_REMEMBERED * (this.items.length + OVERSCAN)) {
      const present = new Set<unknown>(this.items.map(({ id }) => id));
      for (const key of itemSizeCache.keys()) {
        if (!present.has(key)) {
          itemSizeCache.delete(key);
        }
      }
    }
  }

  /** Of what is to be seen. */
  private get top(): number {
    return this.scroller.scrollTop + this.covered;
  }

  private estimate(index: number): number {
    const item = this.items[index];
    return item === undefined ? 0 : heightOf(item);
  }

  private options(): ConstructorParameters<typeof Virtualizer<HTMLElement, HTMLElement>>[0] {
    return {
      count: this.items.length,
      getScrollElement: () => this.scroller,
      estimateSize: (index) => this.estimate(index),
      getItemKey: (index) => this.items[index]?.id ?? index,
      overscan: OVERSCAN,
      scrollMargin: this.margin,
      scrollPaddingStart: this.covered,
      observeElementRect,
      observeElementOffset,
      scrollToFn: elementScroll,
      onChange: () => this.changed(),
    };
  }
}
