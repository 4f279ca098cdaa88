import type { HeaderView, Row, SectionView, StepView, ToPage } from "./messages";

/** What is held of an opened step. */
export interface Section {
  readonly order: readonly string[];
  readonly rows: ReadonlyMap<string, Row>;
  readonly hasEarlier: boolean;
  readonly hasLater: boolean;
}

/** All that the page knows: what the extension told, and what the reader opened. */
export class PageState {
  header: HeaderView | null = null;
  steps: readonly StepView[] = [];
  notice: string | null = null;
  /** Null: it is opened, and its rows are still to come. */
  readonly sections = new Map<string, Section | null>();
  /** Rows of which all is shown, as `step/row`. */
  readonly unfolded = new Set<string>();
  private readonly known = new Map<string, StepView>();

  take(message: Extract<ToPage, { kind: "session" | "section" | "notice" }>): void {
    switch (message.kind) {
      case "notice":
        this.notice = message.sentence;
        break;
      case "session":
        this.header = message.header;
        message.steps.forEach((step) => this.known.set(step.id, step));
        this.steps = message.order.flatMap((id) => this.known.get(id) ?? []);
        break;
      case "section":
        this.takeSection(message.section);
    }
  }

  open(stepId: string): void {
    if (!this.sections.has(stepId)) {
      this.sections.set(stepId, null);
    }
  }

  close(stepId: string): void {
    this.sections.delete(stepId);
  }

  toggleFold(itemId: string): void {
    if (!this.unfolded.delete(itemId)) {
      this.unfolded.add(itemId);
    }
  }

  /** What comes for a step that the reader has closed meanwhile is not kept. */
  private takeSection({ stepId, order, rows, hasEarlier, hasLater }: SectionView): void {
    const before = this.sections.get(stepId);
    if (before === undefined) {
      return;
    }
    const fresh = new Map(rows.map((row) => [row.id, row]));
    const held = order.flatMap((id): [string, Row][] => {
      const row = fresh.get(id) ?? before?.rows.get(id);
      return row === undefined ? [] : [[id, row]];
    });
    this.sections.set(stepId, { order, rows: new Map(held), hasEarlier, hasLater });
  }
}
