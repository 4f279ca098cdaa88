import { checkedFromPage, type FromPage, type HeaderView, type Row, type StepView, type ToPage } from "./messages";

/** What a file holds that was made of a session: all that its page can show. */
interface Exported {
  readonly header: HeaderView;
  readonly steps: readonly StepView[];
  readonly rows: Readonly<Record<string, readonly Row[]>>;
  readonly openStep: string | null;
  readonly notice: string | null;
}

interface Place {
  readonly stepId: string;
  readonly row: Row;
}

type Request<K extends FromPage["kind"]> = Extract<FromPage, { kind: K }>;

/** Stands for the extension where there is none: answers the page from what the file holds. */
class Answerer {
  private kinds: readonly Row["kind"][] = [];
  private readonly opened = new Set<string>();

  constructor(private readonly record: Exported) {}

  take(message: FromPage): void {
    switch (message.kind) {
      case "ready":
        return this.begin();
      case "open":
        this.opened.add(message.stepId);
        return this.show(message.stepId);
      case "close":
        this.opened.delete(message.stepId);
        return;
      case "filter":
        this.kinds = message.kinds;
        this.opened.forEach((stepId) => this.show(stepId));
        return;
      case "find":
        return this.find(message);
      case "nextError":
        return this.goTo(this.after(message, true).find(({ row }) => row.tone === "error"), "an error");
      case "openLink":
        window.open(message.address, "_blank", "noopener,noreferrer");
    }
  }

  private begin(): void {
    const { header, steps, openStep, notice } = this.record;
    this.tell({ kind: "notice", sentence: notice });
    this.tell({ kind: "session", header, order: steps.map(({ id }) => id), steps: [...steps], openStep });
  }

  private show(stepId: string): void {
    const rows = this.rowsOf(stepId);
    this.tell({ kind: "section", section: { stepId, order: rows.map(({ id }) => id), rows: [...rows], hasEarlier: false, hasLater: false } });
  }

  private rowsOf(stepId: string): readonly Row[] {
    const rows = this.record.rows[stepId] ?? [];
    return this.kinds.length === 0 ? rows : rows.filter((row) => this.isOfChosenKind(row));
  }

  /** A call that changed a file tells of the file, too. */
  private isOfChosenKind({ kind, file }: Row): boolean {
    return this.kinds.includes(kind) || (this.kinds.includes("file") && file?.change != null);
  }

  private find(request: Request<"find">): void {
    const sought = request.text.toLowerCase();
    this.goTo(this.after(request, request.isForward).find(({ row }) => textOf(row).includes(sought)), request.text);
  }

  /** All rows in the order in which a search goes through them: from the reader's place on, and around. */
  private after({ stepId, rowId }: Pick<Request<"find">, "stepId" | "rowId">, isForward: boolean): Place[] {
    const all = this.record.steps.flatMap(({ id }) => this.rowsOf(id).map((row) => ({ stepId: id, row })));
    const ordered = isForward ? all : all.reverse();
    const place = ordered.findIndex((each) => each.stepId === stepId && each.row.id === rowId);
    return place < 0 ? ordered : [...ordered.slice(place + 1), ...ordered.slice(0, place + 1)];
  }

  private goTo(found: Place | undefined, text: string): void {
    this.tell({ kind: "found", text, isFound: found !== undefined });
    if (found !== undefined) {
      this.tell({ kind: "goTo", stepId: found.stepId, rowId: found.row.id });
    }
  }

  /** Later, as a message of the extension would come. */
  private tell(message: ToPage): void {
    queueMicrotask(() => window.dispatchEvent(new MessageEvent("message", { data: message })));
  }
}

function textOf({ title, text, agent, file, shown, folded }: Row): string {
  const blocks = [...shown, ...folded].map((block) => (block.kind === "diff" ? block.lines.map((line) => line.text).join("\n") : block.text));
  return [agent, title, file?.path, text, ...blocks].filter((part) => part != null).join("\n").toLowerCase();
}

const held = document.getElementById("record")?.textContent ?? "null";
const answerer = new Answerer(JSON.parse(held) as Exported);

Object.assign(globalThis, {
  acquireVsCodeApi: () => ({
    postMessage(message: unknown): void {
      const checked = checkedFromPage(message);
      if ("message" in checked) {
        answerer.take(checked.message);
      }
    },
    getState: () => null,
    setState: () => undefined,
  }),
});
