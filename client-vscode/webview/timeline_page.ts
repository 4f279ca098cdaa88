import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { ref } from "lit/directives/ref.js";
import type { Editor } from "./editor";
import { within } from "./elements";
import { type Item, itemsOf, rowItemId } from "./flat_list";
import { headerView } from "./header_view";
import { highlight } from "./highlights";
import { itemView } from "./item_view";
import type { Kind, ToPage } from "./messages";
import { PageState } from "./page_state";
import { type ReadPage, Reading } from "./reading";
import { sayView } from "./say_view";
import { styled } from "./styles";
import { toolbarView } from "./toolbar_view";
import { VirtualRows } from "./virtual_rows";

const TICK_MS = 1_000;

/** The whole page: the session's head, and below it one list of all that is opened. */
export class TimelinePage extends LitElement implements ReadPage {
  readonly state = new PageState();
  items: readonly Item[] = [];
  private rows: VirtualRows | null = null;
  private reading: Reading | null = null;
  private kinds: readonly Kind[] = [];
  private sought = "";
  private told = "";
  private announced = "";
  private isBehind = false;
  /** Whether the bar above the list is there. */
  private hasItems = false;
  private now = Date.now();
  private ticking: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly editor: Editor) {
    super();
  }

  /** One style sheet serves the whole page. */
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.ticking = setInterval(() => this.tick(), TICK_MS);
    window.addEventListener("keydown", this.keyAnywhere);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearInterval(this.ticking);
    window.removeEventListener("keydown", this.keyAnywhere);
    this.rows?.dispose();
  }

  take(message: ToPage): void {
    switch (message.kind) {
      case "goTo":
        this.reading?.goTo(message.stepId, message.rowId === null ? message.stepId : rowItemId(message.stepId, message.rowId));
        break;
      case "found":
        this.told = message.isFound ? "" : `No ${message.text === "an error" ? "error" : "more of it"}`;
        break;
      default:
        this.state.take(message);
        this.reading?.follow(message);
    }
    this.requestUpdate();
  }

  protected override firstUpdated(): void {
    const scroller = within(this, "#scroller");
    this.rows = new VirtualRows(scroller, () => this.requestUpdate());
    this.reading = new Reading(this, this.rows, scroller, this.editor);
    const placing = new ResizeObserver(() => this.place());
    placing.observe(within(this, "#top"));
    placing.observe(scroller);
  }

  protected override willUpdate(): void {
    this.items = itemsOf(this.state, this.kinds.length > 0);
    this.rows?.show(this.items);
  }

  protected override updated(): void {
    if (this.items.length > 0 !== this.hasItems) {
      this.hasItems = !this.hasItems;
      this.place();
    }
    this.rows?.settle();
    this.reading?.settle();
    highlight(within(this, "#steps"), this.sought);
  }

  protected override render(): TemplateResult {
    const { header, steps, notice } = this.state;
    const { rows } = this;
    return html`
      <div id="scroller">
        <div id="top">
          <p id="notice" role="status" ?hidden=${notice === null}>${notice ?? ""}</p>
          ${header === null ? nothing : headerView(header, steps, this.now, { openFile: (path) => this.editor.post({ kind: "openFile", path, isDiff: true }), act: (action) => this.editor.post({ kind: "act", action }), goTo: (stepId) => this.reading?.goTo(stepId, stepId) })}
        </div>
        ${steps.length === 0 ? nothing : toolbarView({ kinds: this.kinds, sought: this.sought, told: this.told, isBehind: this.isBehind }, this)}
        ${header !== null && steps.length === 0 ? html`<p id="empty" class="empty">No step has run yet.</p>` : nothing}
        <div id="steps" role=${steps.length === 0 ? nothing : "feed"} aria-label=${steps.length === 0 ? nothing : "Steps and what happened in them"} ${styled({ height: `${rows?.height ?? 0}px` })} @keydown=${(event: KeyboardEvent) => this.reading?.key(event)} @focusin=${(event: FocusEvent) => this.reading?.focused(event)}>
          ${rows === null ? nothing : this.window(rows)}
        </div>
      </div>
      ${header?.listener == null ? nothing : sayView(header.listener, (text, isInterrupting) => this.say(text, isInterrupting))}
      <div id="announcer" class="unseen" aria-live="polite">${this.announcement()}</div>`;
  }

  private window(rows: VirtualRows): TemplateResult {
    const seen = rows.seen;
    const shift = (seen[0]?.start ?? rows.start) - rows.start;
    const active = this.reading?.activeIndex() ?? 0;
    return html`<div class="window" ${styled({ transform: `translateY(${shift}px)` })}>${repeat(
      seen.flatMap(({ index }) => {
        const item = this.items[index];
        return item === undefined ? [] : [{ index, item }];
      }),
      ({ item }) => item.id,
      ({ index, item }) => {
        const isLast = this.items[index + 1]?.stepId !== item.stepId;
        return html`<article id="item-${item.id}" class=${classesOf(item, isLast)} data-index=${index} data-step=${stepOf(item).title} tabindex=${index === active ? 0 : -1} aria-posinset=${index + 1} aria-setsize=${this.items.length} aria-label=${labelOf(item)} ${ref((element) => rows.measure(element))}>${itemView(item, this.now, this.editor, this)}</article>`;
      },
    )}</div>`;
  }

  toggleStep(stepId: string): void {
    this.reading?.toggleStep(stepId);
  }

  toggleFold(itemId: string): void {
    this.state.toggleFold(itemId);
    this.requestUpdate();
  }

  narrow(kinds: readonly Kind[]): void {
    this.kinds = kinds;
    this.editor.post({ kind: "filter", kinds: [...kinds] });
    this.requestUpdate();
  }

  seek(text: string): void {
    this.sought = text;
    this.told = "";
    this.requestUpdate();
  }

  find(isForward: boolean): void {
    if (this.sought !== "") {
      this.told = "Searching …";
      this.editor.post({ kind: "find", text: this.sought.slice(0, 500), isForward, ...(this.reading?.place() ?? { stepId: null, rowId: null }) });
      this.requestUpdate();
    }
  }

  nextError(): void {
    this.told = "Searching …";
    this.editor.post({ kind: "nextError", ...(this.reading?.place() ?? { stepId: null, rowId: null }) });
    this.requestUpdate();
  }

  latest(): void {
    this.reading?.latest();
  }

  get isNarrowed(): boolean {
    return this.kinds.length > 0;
  }

  get behind(): boolean {
    return this.isBehind;
  }

  set behind(isBehind: boolean) {
    if (this.isBehind !== isBehind) {
      this.isBehind = isBehind;
      this.requestUpdate();
    }
  }

  /** Who says something wants to see what comes of it. */
  private say(text: string, isInterrupting: boolean): void {
    this.editor.post({ kind: "say", text, isInterrupting });
    this.latest();
  }

  /** A change of the status is said once. */
  private announcement(): string {
    const { header } = this.state;
    this.announced = header === null ? this.announced : `${header.title}: ${header.status.text}`;
    return this.told === "" ? this.announced : this.told;
  }

  private place(): void {
    const { rows } = this;
    const list = this.querySelector<HTMLElement>("#steps");
    if (rows !== null && list !== null) {
      rows.place(list.offsetTop, this.querySelector<HTMLElement>(".toolbar")?.offsetHeight ?? 0);
    }
  }

  /** The page finds in the whole session, where the editor's own search would find in what is drawn. */
  private readonly keyAnywhere = (event: KeyboardEvent): void => {
    if (event.key === "f" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.querySelector<HTMLElement>("#search")?.focus();
    } else if (event.key === "F3") {
      event.preventDefault();
      this.find(!event.shiftKey);
    }
  };

  /** Seconds count where something runs; elsewhere minutes do. */
  private tick(): void {
    const now = Date.now();
    const isRunning = this.state.header?.runningSince != null || this.state.steps.some(({ tone }) => tone === "running");
    if (isRunning || Math.floor(now / 30_000) !== Math.floor(this.now / 30_000)) {
      this.now = now;
      this.requestUpdate();
    }
  }
}

function stepOf(item: Item): { readonly title: string } {
  return item.step;
}

function classesOf(item: Item, isLast: boolean): string {
  const end = isLast ? "last-of-step" : "";
  if (item.kind === "step") {
    return `item step ${item.step.isInterlude ? "interlude" : ""} tone-${item.step.tone} ${item.isOpen ? "opened" : ""} ${end}`;
  }
  const depth = item.kind === "row" ? `depth-${Math.min(item.row.depth, 5)}` : "";
  return `item inside tone-${item.step.tone} ${depth} ${end}`;
}

function labelOf(item: Item): string {
  switch (item.kind) {
    case "step":
      if (item.step.isInterlude) {
        return `${item.step.title}, ${item.step.status}`;
      }
      return `Step ${item.step.position}, ${item.step.title}${item.step.attempt > 1 ? `, attempt ${item.step.attempt}` : ""}, ${item.step.status}`;
    case "row":
      return [item.row.agent, item.row.title, item.row.file?.path, item.row.text].filter((part) => part != null).join(", ").slice(0, 300);
    default:
      return item.kind;
  }
}
