import type { InteractionView, SessionHead } from "../protocol";

/** The step that a person most likely came for. `steps`: in their order. */
export function stepOfInterest(steps: readonly InteractionView[], session: SessionHead | null): InteractionView | null {
  const pending = steps.find((step) => step.completedAt === null && step.supersededAt === null);
  const failed = session?.status === "failed" ? (steps.findLast(({ result }) => result?.status === "error") ?? steps.at(-1)) : undefined;
  const agentic = steps.findLast((step) => step.command.command === "claude");
  return pending ?? failed ?? agentic ?? steps.at(-1) ?? null;
}
