import { byId, element } from "./elements";
import { icon } from "./icons";
import type { ChildView, EventRow, StepView } from "./messages";
import { appendRows, prependRows } from "./rows";

export interface StepActions {
  open(stepId: string): void;
  loadEarlier(stepId: string): void;
  openFile(path: string): void;
  openSession(sessionId: number): void;
}

interface Card {
  readonly item: HTMLLIElement;
  readonly details: HTMLDetailsElement;
  readonly summary: HTMLElement;
  readonly about: HTMLElement;
  readonly events: HTMLOListElement;
  readonly earlier: HTMLButtonElement;
  shown: string;
  startedAt: number | null;
}

const NEAR_END = 60;
const list = byId("steps");

/** The steps of the session, each with its events once it is opened. */
export class Steps {
  private readonly cards = new Map<string, Card>();

  constructor(private readonly actions: StepActions) {
    setInterval(() => this.tick(), 1_000);
  }

  get count(): number {
    return this.cards.size;
  }

  show(steps: readonly StepView[]): void {
    for (const step of steps) {
      const card = this.cards.get(step.id) ?? this.add(step.id);
      const text = JSON.stringify(step);
      if (card.shown !== text) {
        card.shown = text;
        paint(card, step, this.actions);
      }
    }
    this.tick();
  }

  open(stepId: string): void {
    const card = this.cards.get(stepId);
    if (card !== undefined) {
      card.details.open = true;
    }
  }

  close(stepId: string): void {
    const card = this.cards.get(stepId);
    if (card !== undefined) {
      card.details.open = false;
    }
  }

  showEvents(stepId: string, how: "reset" | "earlier" | "later", rows: readonly EventRow[], hasEarlier: boolean): void {
    const card = this.cards.get(stepId);
    if (card === undefined) {
      return;
    }
    const follow = how === "later" && isNearEnd();
    const openFile = (path: string): void => this.actions.openFile(path);
    if (how === "earlier") {
      const height = document.documentElement.scrollHeight;
      prependRows(card.events, rows, openFile);
      window.scrollBy(0, document.documentElement.scrollHeight - height);
    } else {
      if (how === "reset") {
        card.events.replaceChildren();
      }
      appendRows(card.events, rows, openFile);
    }
    card.earlier.hidden = !hasEarlier;
    if (follow) {
      scrollToEnd();
    }
  }

  private add(stepId: string): Card {
    const summary = element("summary");
    const about = element("div", { class: "about" });
    const earlier = element("button", { type: "button", class: "earlier", hidden: "" }, "Load earlier events");
    const events = element("ol", { class: "events", "aria-label": "Events" });
    const details = element("details", {}, summary, element("div", { class: "inside" }, about, earlier, events));
    const item = element("li", { class: "step" }, details);
    details.addEventListener("toggle", () => {
      if (details.open) {
        this.actions.open(stepId);
      }
    });
    earlier.addEventListener("click", () => this.actions.loadEarlier(stepId));
    const card: Card = { item, details, summary, about, events, earlier, shown: "", startedAt: null };
    this.cards.set(stepId, card);
    list.append(item);
    return card;
  }

  /** A running step shows how long it has been running. */
  private tick(): void {
    for (const { startedAt, summary } of this.cards.values()) {
      const place = summary.querySelector(".elapsed");
      if (startedAt !== null && place !== null) {
        const seconds = Math.max(0, Math.floor((Date.now() - startedAt) / 1_000));
        place.textContent = seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
      }
    }
  }
}

export function isNearEnd(): boolean {
  return window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - NEAR_END;
}

export function scrollToEnd(): void {
  window.scrollTo(0, document.documentElement.scrollHeight);
}

function paint(card: Card, step: StepView, actions: StepActions): void {
  card.item.className = `step tone-${step.tone}`;
  card.startedAt = step.tone === "running" ? Date.parse(step.startedAt) : null;
  card.summary.replaceChildren(
    icon(step.tone),
    element("span", { class: "name" }, step.title),
    step.attempt > 1 ? element("span", { class: "attempt" }, `attempt ${step.attempt}`) : "",
    element("code", { class: "command" }, step.command),
    element("span", { class: "elapsed" }, step.duration ?? ""),
    element("span", { class: "status" }, step.status),
  );
  card.about.replaceChildren(...about(step, actions));
}

function about(step: StepView, actions: StepActions): HTMLElement[] {
  const parts: HTMLElement[] = [];
  if (step.commandDetail !== null) {
    parts.push(block("Command", step.commandDetail));
  }
  const { result } = step;
  if (result === null) {
    return parts;
  }
  if (result.message !== null) {
    parts.push(element("p", { class: "message" }, result.message));
  }
  if (result.facts.length > 0) {
    const pairs = result.facts.map(({ label, value }) =>
      element("div", {}, element("dt", {}, label), element("dd", {}, value)),
    );
    parts.push(element("dl", { class: "facts" }, ...pairs));
  }
  if (result.children.length > 0) {
    parts.push(element("ul", { class: "children", "aria-label": "Sessions" }, ...result.children.map((child) => line(child, actions))));
  }
  if (result.output !== null) {
    parts.push(block("Output", result.output));
  }
  return parts;
}

function line({ sessionId, title, tone, status, text }: ChildView, actions: StepActions): HTMLElement {
  const button = element("button", { type: "button", class: "link", title: `Open session ${sessionId}` }, `${title} #${sessionId}`);
  button.addEventListener("click", () => actions.openSession(sessionId));
  const item = element("li", { class: `tone-${tone}` }, icon(tone), button, element("span", { class: "end" }, status));
  if (text !== null) {
    item.append(element("span", { class: "text" }, text));
  }
  return item;
}

function block(title: string, text: string): HTMLElement {
  return element("details", { class: "block" }, element("summary", {}, title), element("pre", { tabindex: "0" }, text));
}
