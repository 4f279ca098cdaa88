import type { Daemon } from "../daemon/client";
import type { InteractionView } from "../protocol";
import { isClaimed, isInterrupted } from "./groups";

/** The row of a step: the same object as long as its session is looked at. */
export interface StepNode {
  readonly kind: "step";
  readonly sessionId: number;
  readonly interaction: InteractionView;
  /** Whether it is the session's newest. */
  readonly isLast: boolean;
}

export type StepState = "ok" | "error" | "pending" | "running" | "interrupted" | "skipped";

/** Which rows are not as they were; "all": there are others. */
export type StepsChange = "all" | ReadonlySet<StepNode>;

interface StepRow extends StepNode {
  interaction: InteractionView;
  isLast: boolean;
}

/** What is read again whenever the session changes is at most as much. */
const PAGE = 50;

/** The steps of one session: read once, then only the newest ones again. */
export class StepList {
  private readonly rows = new Map<string, StepRow>();
  private inOrder: readonly StepRow[] = [];
  private lastPage: string | null = null;

  constructor(
    private readonly daemon: Daemon,
    readonly sessionId: number,
  ) {}

  /** Oldest first. */
  get steps(): readonly StepNode[] {
    return this.inOrder;
  }

  async read(): Promise<StepsChange> {
    const changed = new Set<StepRow>();
    const before = this.rows.size;
    for (let cursor = this.lastPage; ; ) {
      const page = await this.daemon.call("session/get", { sessionId: this.sessionId, cursor, limit: PAGE });
      page.interactions.forEach((interaction) => this.put(slim(interaction), changed));
      if (page.nextCursor === null) {
        break;
      }
      // Steps are appended: what comes before the last page never changes again.
      cursor = this.lastPage = page.nextCursor;
    }
    if (this.rows.size === before) {
      return changed;
    }
    this.inOrder = [...this.rows.values()].sort((one, other) => one.interaction.position - other.interaction.position);
    this.inOrder.forEach((row, index) => (row.isLast = index === this.inOrder.length - 1));
    return "all";
  }

  private put(interaction: InteractionView, changed: Set<StepRow>): void {
    const row = this.rows.get(interaction.id);
    if (row === undefined) {
      this.rows.set(interaction.id, { kind: "step", sessionId: this.sessionId, interaction, isLast: false });
    } else if (JSON.stringify(row.interaction) !== JSON.stringify(interaction)) {
      row.interaction = interaction;
      changed.add(row);
    }
  }
}

export function stepStateOf(interaction: InteractionView, now: number): StepState {
  const { result, completedAt, supersededAt } = interaction;
  if (supersededAt !== null || result?.data.skipped === true) {
    return "skipped";
  }
  if (completedAt !== null) {
    return result?.status === "error" ? "error" : "ok";
  }
  return isInterrupted(interaction, now) ? "interrupted" : isClaimed(interaction, now) ? "running" : "pending";
}

/** A row shows no output; the timeline does. */
function slim(interaction: InteractionView): InteractionView {
  const { result } = interaction;
  return result === null ? interaction : { ...interaction, result: { ...result, stdout: null, stderr: null } };
}
