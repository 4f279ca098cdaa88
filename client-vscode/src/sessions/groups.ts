import type { InteractionView, SessionHead } from "../protocol";

/** What a session wants of the person: that is how the tree is divided. */
export type Group = "waiting" | "running" | "paused" | "finished";

export const GROUPS: readonly Group[] = ["waiting", "running", "paused", "finished"];

/** A runner needs a moment between two steps; a session that runs by itself does not start to wait for a person in it. */
const BETWEEN_STEPS_MS = 3_000;

export function groupOf(head: SessionHead, now: number): Group {
  if (head.status !== "active") {
    return "finished";
  }
  if (head.pausedAt !== null) {
    return "paused";
  }
  // Also while a runner holds the step: what it waits for is the person.
  if (head.openAskCount > 0) {
    return "waiting";
  }
  return isClaimed(head.pendingInteraction, now) || isBetweenSteps(head, now) ? "running" : "waiting";
}

export function isClaimed(interaction: InteractionView | null, now: number): boolean {
  return interaction?.claim != null && now < Date.parse(interaction.claim.expiresAt);
}

/** Its holder died while executing it. The daemon said so, or the claim ran out since. */
export function isInterrupted(interaction: InteractionView | null, now: number): boolean {
  return interaction?.completedAt === null && (interaction.interrupted || isExpired(interaction, now));
}

/** The step in which an agent works by itself now; null: none does. In a terminal it listens to the person there. */
export function agentStepOf({ status, executionMode, pendingInteraction: step }: SessionHead, now: number): InteractionView | null {
  return status === "active" && executionMode === "agentic" && step?.command.command === "claude" && isClaimed(step, now) ? step : null;
}

/** When the group changes by the mere passing of time; null: never. */
export function nextChangeAt(head: SessionHead, now: number): number | null {
  if (groupOf(head, now) !== "running") {
    return null;
  }
  const claim = head.pendingInteraction?.claim;
  const expires = claim == null ? 0 : Date.parse(claim.expiresAt);
  return Math.max(expires, movedAt(head) + BETWEEN_STEPS_MS);
}

function isExpired(interaction: InteractionView, now: number): boolean {
  return interaction.claim !== null && Date.parse(interaction.claim.expiresAt) <= now;
}

function isBetweenSteps(head: SessionHead, now: number): boolean {
  const moved = head.executionMode === "agentic" && head.interactionCount > 0 && now < movedAt(head) + BETWEEN_STEPS_MS;
  return moved && !isInterrupted(head.pendingInteraction, now);
}

/** A person who renames a session that waits does not make it go on. */
function movedAt({ pendingInteraction, updatedAt }: SessionHead): number {
  return Date.parse(pendingInteraction?.insertedAt ?? updatedAt);
}
