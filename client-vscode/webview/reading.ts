import type { Editor } from "./editor";
import type { Item } from "./flat_list";
import { isDone, isTyping, type Reader } from "./keyboard";
import type { SectionView, ToPage } from "./messages";
import type { PageState } from "./page_state";
import type { VirtualRows } from "./virtual_rows";

/** Pages are asked for before the reader comes to their end. */
const AHEAD_PX = 4_000;
const REMEMBER_MS = 300;

/** What the reading needs of the page. */
export interface ReadPage {
  readonly state: PageState;
  readonly items: readonly Item[];
  /** Whether something has come that is not to be seen. */
  behind: boolean;
  toggleFold(itemId: string): void;
  nextError(): void;
  requestUpdate(): void;
}

/** Where the reader is: what is opened, what has the focus, and whether what comes is followed. */
export class Reading implements Reader {
  private activeId: string | null = null;
  private wanted: string | null = null;
  /** Where the reader was before the page was hidden. */
  private returning: string | null = null;
  private isFollowing = false;
  private top = 0;
  private hasBegun = false;
  /** The step that was opened by itself; it closes by itself when the next one begins. */
  private followed: string | null = null;
  /** Steps of which something is there. */
  private readonly begun = new Set<string>();
  private isFocusing = false;
  /** Steps that were opened before the page was hidden, and are not known yet. */
  private unopened = new Set<string>();
  private remembering: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly page: ReadPage,
    private readonly rows: VirtualRows,
    private readonly scroller: HTMLElement,
    private readonly editor: Editor,
  ) {
    for (const own of ["wheel", "keydown", "pointerdown"]) {
      scroller.addEventListener(own, (event) => this.takeOver(event), { passive: true });
    }
    scroller.addEventListener("scroll", () => this.scrolled(), { passive: true, capture: true });
  }

  /** What a message of the extension means for the reader. */
  follow(message: ToPage): void {
    if (message.kind === "section") {
      this.editor.arrived(message.section.stepId);
      this.notice(message.section);
    } else if (message.kind === "session") {
      this.begin();
      this.moveOn(message.openStep);
    }
  }

  toggleStep(stepId: string): void {
    if (this.page.state.sections.has(stepId)) {
      this.close(stepId);
    } else {
      // Who opens a step wants to read it from its head.
      this.setFollowing(false);
      this.open(stepId);
    }
    this.page.requestUpdate();
    this.remember();
  }

  goTo(stepId: string, itemId: string): void {
    this.isFollowing = false;
    this.open(stepId);
    this.wanted = this.activeId = itemId;
    this.page.requestUpdate();
  }

  latest(): void {
    const { steps } = this.page.state;
    // What a person does meanwhile stands behind the step that goes on.
    const last = steps.findLast(({ isInterlude }) => !isInterlude) ?? steps.at(-1);
    if (last === undefined) {
      return;
    }
    const section = this.page.state.sections.get(last.id);
    if (section === undefined) {
      this.open(last.id, "end");
    } else if (section?.hasLater === true) {
      this.editor.page(last.id, "latest");
    }
    this.setFollowing(true);
    this.page.requestUpdate();
  }

  /** After the page was drawn. */
  settle(): void {
    if (this.wanted !== null) {
      const index = this.indexOf(this.wanted);
      if (index >= 0) {
        this.rows.scrollTo(index, "start");
        this.focus(this.wanted);
        this.wanted = null;
      }
    } else if (this.returning !== null) {
      // What is still to come above would push it down again.
      const isLoading = [...this.page.state.sections.values()].includes(null);
      const index = isLoading ? -1 : this.indexOf(this.returning);
      if (index >= 0) {
        this.rows.scrollTo(index, "start");
        this.returning = null;
      }
    } else if (this.isFollowing) {
      this.rows.scrollToEnd();
    }
    this.askForMore();
  }

  activeIndex(): number {
    return Math.max(0, this.activeId === null ? 0 : this.indexOf(this.activeId));
  }

  /** The row at which a search goes on. */
  place(): { stepId: string | null; rowId: string | null } {
    const active = this.page.items[this.activeId === null ? -1 : this.indexOf(this.activeId)];
    const item = active ?? this.rows.firstSeen();
    return item?.kind === "row" ? { stepId: item.stepId, rowId: item.row.id } : { stepId: null, rowId: null };
  }

  focused(event: FocusEvent): void {
    const article = (event.target as Element).closest("article");
    if (article !== null && !this.isFocusing) {
      this.activeId = article.id.slice("item-".length);
    }
  }

  key(event: KeyboardEvent): void {
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const item = this.page.items[this.activeIndex()];
    if (isPlain && item !== undefined && !isTyping(event) && isDone(event.key, item, event.target as Element, this)) {
      event.preventDefault();
    }
  }

  toggle(item: Item): void {
    if (item.kind === "step") {
      this.toggleStep(item.stepId);
    } else {
      this.page.toggleFold(item.id);
    }
  }

  toHead(item: Item): boolean {
    return this.activate(this.indexOf(item.stepId));
  }

  nextError(): void {
    this.page.nextError();
  }

  step(by: number): boolean {
    return this.activate(Math.min(this.page.items.length - 1, Math.max(0, this.activeIndex() + by)));
  }

  activate(index: number): boolean {
    const item = this.page.items[index];
    if (item !== undefined) {
      this.setFollowing(this.isFollowing && item === this.page.items.at(-1));
      this.activeId = item.id;
      this.rows.scrollTo(index, "auto");
      this.page.requestUpdate();
      this.focus(item.id);
    }
    return item !== undefined;
  }

  /** The row may be drawn only after it was scrolled to. */
  private focus(id: string): void {
    this.isFocusing = true;
    requestAnimationFrame(() => {
      document.getElementById(`item-${id}`)?.focus({ preventScroll: true });
      this.isFocusing = false;
    });
  }

  /** What runs is seen at its end, everything else from its beginning. */
  private begin(): void {
    if (!this.hasBegun) {
      this.hasBegun = true;
      const memory = this.editor.remembered();
      this.unopened = new Set(memory?.opened);
      this.followed = memory?.opened.at(-1) ?? null;
      this.returning = memory === null || memory.isFollowing ? null : memory.firstSeen;
      this.setFollowing(memory?.isFollowing ?? this.page.state.header?.runningSince != null);
    }
    // What stands between the steps is known only a moment after them.
    [...this.unopened].filter((stepId) => this.open(stepId, "held")).forEach((stepId) => this.unopened.delete(stepId));
  }

  /** That something has come which is not to be seen. */
  private notice({ stepId, rows, hasLater }: SectionView): void {
    const isRunning = this.page.state.header?.runningSince != null;
    if (this.begun.has(stepId) && isRunning && !this.isFollowing && (hasLater || rows.length > 0)) {
      this.page.behind = true;
    }
    this.begun.add(stepId);
  }

  private moveOn(stepId: string | null): void {
    if (stepId === null || stepId === this.followed) {
      return;
    }
    if (this.followed !== null && this.isFollowing) {
      this.close(this.followed);
    }
    this.followed = stepId;
    this.open(stepId);
  }

  /** Whether there is such a step. */
  private open(stepId: string, from?: "start" | "end" | "held"): boolean {
    const { state } = this.page;
    const step = state.steps.find(({ id }) => id === stepId);
    if (step !== undefined && !state.sections.has(stepId)) {
      state.open(stepId);
      this.keepMemory();
      this.editor.post({ kind: "open", stepId, from: from ?? (step.durationMs === null ? "end" : "start") });
    }
    return step !== undefined;
  }

  private close(stepId: string): void {
    this.begun.delete(stepId);
    this.page.state.close(stepId);
    this.editor.post({ kind: "close", stepId });
  }

  /** Before anything is drawn because of it, which would follow the end still. */
  private takeOver(event: Event): void {
    this.returning = null;
    if (event instanceof WheelEvent && event.deltaY < 0 && this.scroller.scrollTop > 0) {
      this.setFollowing(false);
    }
  }

  private scrolled(): void {
    const { scrollTop } = this.scroller;
    if (this.rows.isAtEnd()) {
      this.setFollowing(this.wanted === null);
    } else if (scrollTop < this.top) {
      // Downwards the end may only have moved on.
      this.setFollowing(false);
    }
    this.top = scrollTop;
    this.askForMore();
    this.remember();
  }

  private setFollowing(isFollowing: boolean): void {
    if (this.isFollowing !== isFollowing) {
      this.isFollowing = isFollowing;
      this.editor.post({ kind: "follow", isAtEnd: isFollowing });
      this.page.behind = this.page.behind && !isFollowing;
    }
  }

  private askForMore(): void {
    const { items } = this.page;
    const [first, last] = this.rows.around(AHEAD_PX);
    const seen = this.rows.firstSeenIndex();
    for (let index = first; index <= last; index += 1) {
      const item = items[index];
      // Where the step's head is seen, too, the reader says whether to read on from there: else they would never come to it.
      if (item?.kind === "earlier" && index <= seen && seen > this.indexOf(item.stepId)) {
        this.editor.page(item.stepId, "earlier");
      } else if (item?.kind === "later") {
        this.editor.page(item.stepId, "later");
      }
    }
  }

  private indexOf(itemId: string): number {
    return this.page.items.findIndex(({ id }) => id === itemId);
  }

  private remember(): void {
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => this.keepMemory(), REMEMBER_MS);
  }

  private keepMemory(): void {
    const seen = this.rows.isAtTop() ? null : (this.rows.firstSeen()?.id ?? null);
    const opened = [...this.page.state.sections.keys(), ...this.unopened];
    this.editor.remember({ opened, firstSeen: this.returning ?? seen, isFollowing: this.isFollowing });
  }
}
