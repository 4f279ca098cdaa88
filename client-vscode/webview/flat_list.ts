import type { Row, StepView } from "./messages";
import type { PageState } from "./page_state";

interface Placed {
  /** The same as long as it stands for the same. */
  readonly id: string;
  readonly stepId: string;
}

/** What stands in the list: heads of steps, what is in the opened ones, and where more of that can be read. */
export type Item =
  | (Placed & { readonly kind: "step"; readonly step: StepView; readonly isOpen: boolean })
  | (Placed & { readonly kind: "row"; readonly row: Row; readonly isUnfolded: boolean; readonly step: StepView })
  | (Placed & { readonly kind: "earlier" | "later" | "loading" | "nothing"; readonly step: StepView });

export function itemsOf(state: PageState, isNarrowed: boolean): Item[] {
  return state.steps.flatMap((step) => itemsOfStep(state, step, isNarrowed));
}

export function rowItemId(stepId: string, rowId: string): string {
  return `${stepId}/${rowId}`;
}

function itemsOfStep(state: PageState, step: StepView, isNarrowed: boolean): Item[] {
  const stepId = step.id;
  const section = state.sections.get(stepId);
  const head: Item = { kind: "step", id: stepId, stepId, step, isOpen: section !== undefined };
  if (section === undefined) {
    return [head];
  }
  if (section === null) {
    return [head, { kind: "loading", id: `${stepId}/.loading`, stepId, step }];
  }
  const rows = section.order.flatMap((rowId): Item[] => {
    const row = section.rows.get(rowId);
    const id = rowItemId(stepId, rowId);
    return row === undefined ? [] : [{ kind: "row", id, stepId, row, isUnfolded: state.unfolded.has(id), step }];
  });
  const end = (kind: "earlier" | "later", isThere: boolean): Item[] => (isThere ? [{ kind, id: `${stepId}/.${kind}`, stepId, step }] : []);
  const all = [...end("earlier", section.hasEarlier), ...rows, ...end("later", section.hasLater)];
  return all.length > 0 ? [head, ...all] : [head, { kind: "nothing", id: `${stepId}/.nothing.${isNarrowed ? "narrowed" : ""}`, stepId, step }];
}

const LINE = 18;
const LINE_CHARACTERS = 110;
const BASE = { step: 38, row: 26, earlier: 34, later: 34, loading: 30, nothing: 30 } as const;

/** About how high it is, until it has been seen. */
export function heightOf(item: Item): number {
  if (item.kind !== "row") {
    return BASE[item.kind];
  }
  const { shown, folded, facts, children, isMore } = item.row;
  const blocks = item.isUnfolded ? [...shown, ...folded] : shown;
  const lines = blocks.reduce((sum, block) => sum + (block.kind === "diff" ? block.lines.length : linesOf(block.text)), 0);
  return (isMore ? 2 : BASE.row) + lines * LINE + blocks.length * 10 + (facts.length > 0 ? LINE : 0) + children.length * LINE;
}

function linesOf(text: string): number {
  return text.split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / LINE_CHARACTERS), 0);
}
