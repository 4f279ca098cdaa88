import type { StepView } from "../../webview/messages";
import type { InteractionView } from "../protocol";
import type { Interlude } from "../sessions/interludes";
import { ESSENTIAL } from "./blocks";
import { stepViewOf } from "./step_page";
import { joined } from "./told";
import { rowsOf } from "./timeline_rows";

const TOLD = 4;
const LINE = 160;

/** All that stands in a timeline, in order: the steps, and what happened between them. */
export function entriesOf(steps: readonly InteractionView[], interludes: readonly Interlude[], now: number): StepView[] {
  const between = (after: InteractionView | null, isLast: boolean): StepView[] =>
    interludes.filter((interlude) => interlude.after === after).map((interlude) => interludeViewOf(interlude, isLast));
  return [...between(null, false), ...steps.flatMap((step, at) => [stepViewOf(step, now), ...between(step, at === steps.length - 1)])];
}

function interludeViewOf({ id, after, events, isCut }: Interlude, isLast: boolean): StepView {
  const [first] = events;
  const count = events.length;
  return {
    id,
    isInterlude: true,
    position: 0,
    title: titleOf(after, isLast),
    attempt: 1,
    tone: "muted",
    status: `${count.toLocaleString("en")} ${count === 1 ? "event" : "events"}${isCut ? " and earlier ones" : ""}`,
    command: "",
    summary: summaryOf(events),
    startedAt: first === undefined ? 0 : Date.parse(first.sentAt),
    durationMs: 0,
    costUsd: null,
    canEdit: false,
  };
}

function titleOf(after: InteractionView | null, isLast: boolean): string {
  if (after === null) {
    return "Before the first step";
  }
  const isOver = after.completedAt !== null || after.supersededAt !== null;
  return !isOver ? "Meanwhile" : isLast ? "After the last step" : "Between the steps";
}

function summaryOf(events: Interlude["events"]): string {
  const rows = rowsOf(events.slice(0, 10 * TOLD), []).flatMap((source) => source.make(ESSENTIAL) ?? []);
  const told = rows.slice(0, TOLD).map(({ title, file, text }) => joined(title, file?.path ?? text) ?? title);
  return [...told, ...(rows.length > TOLD ? ["…"] : [])].join("; ").slice(0, LINE);
}
