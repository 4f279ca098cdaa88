import type { AskView, InteractionView, SessionHead, SessionTypeView, SourceState, SourceView } from "../protocol";
import { shortAsk } from "./ask_words";
import { type Group, groupOf, isClaimed, isInterrupted } from "./groups";
import { plainLine } from "./plain_text";

/** How the ids of a session read; empty until the daemon told. */
export interface Names {
  readonly types: ReadonlyMap<string, string>;
  /** By project: workflows of two may have the same id. */
  readonly typesOfProjects?: ReadonlyMap<number, ReadonlyMap<string, SessionTypeView>>;
  readonly components: ReadonlyMap<number, string>;
}

export const GROUP_TITLES: Readonly<Record<Group, string>> = {
  waiting: "Waiting for you",
  running: "Running",
  paused: "Paused",
  finished: "Finished",
};

export function typeInProject(names: Pick<Names, "typesOfProjects">, projectId: number | null, type: string): SessionTypeView | undefined {
  return projectId === null ? undefined : names.typesOfProjects?.get(projectId)?.get(type);
}

export function titleOfType({ type, projectId }: SessionHead, names: Names): string {
  return typeInProject(names, projectId, type)?.title ?? names.types.get(type) ?? type;
}

export function titleOf(head: SessionHead, names: Names): string {
  const title = plainLine(head.title ?? "");
  if (title !== "") {
    return title;
  }
  const type = titleOfType(head, names);
  const component = head.componentId === null ? undefined : names.components.get(head.componentId);
  return component === undefined ? type : `${type} · ${component}`;
}

/** The same for a narrow place, in two parts. */
export function shortTitleOf(head: SessionHead, names: Names): { name: string; kind: string } {
  const type = titleOfType(head, names);
  const component = head.componentId === null ? undefined : names.components.get(head.componentId);
  const name = plainLine(head.title ?? "") || component;
  return name === undefined ? { name: type, kind: `#${head.id}` } : { name, kind: `${type} #${head.id}` };
}

/** Where the session is, in a few words. `asks`: what of it waits for an answer, as far as that is known. */
export function whereOf(head: SessionHead, now: number, asks: readonly AskView[] = []): string {
  switch (groupOf(head, now)) {
    case "finished":
      return head.status;
    case "paused":
      return atStep("paused", head.pendingInteraction);
    case "running":
      return head.pendingInteraction === null ? "between steps" : stepOf(head.pendingInteraction);
    case "waiting":
      if (head.openAskCount > 0) {
        return asks[0] === undefined ? "asks something" : `asks: ${shortAsk(asks[0])}`;
      }
      return isInterrupted(head.pendingInteraction, now)
        ? atStep("interrupted", head.pendingInteraction)
        : head.interactionCount === 0
          ? "not started"
          : atStep("waiting", head.pendingInteraction);
  }
}

/** How far a session's children are; null: it has none. */
export function childrenOf(children: readonly SessionHead[]): string | null {
  const count = (status: SessionHead["status"]): number => children.filter((child) => child.status === status).length;
  const badly = (["failed", "cancelled"] as const).filter((status) => count(status) > 0);
  const parts = [`${count("complete")} of ${children.length} done`, ...badly.map((status) => `${count(status)} ${status}`)];
  return children.length === 0 ? null : parts.join(", ");
}

export function stepOf(interaction: InteractionView): string {
  return interaction.attempt > 1 ? `${interaction.step} (attempt ${interaction.attempt})` : interaction.step;
}

export function holderOf(head: SessionHead, now: number): string | null {
  const { pendingInteraction } = head;
  return isClaimed(pendingInteraction, now) ? (pendingInteraction?.claim?.clientName ?? "another client") : null;
}

type Usage = Pick<SessionHead, "costUsd" | "inputTokens" | "cachedTokens" | "outputTokens">;

/** What the agent of a session used; null: nothing that anybody told. */
export function usageOf({ costUsd, inputTokens, cachedTokens, outputTokens }: Usage): string | null {
  const tokens = inputTokens + cachedTokens + outputTokens;
  const parts = [
    costUsd === null ? null : `$${costUsd.toFixed(costUsd < 0.995 ? 4 : 2)}`,
    tokens === 0 ? null : `${counted(inputTokens + cachedTokens)} tokens in (${counted(cachedTokens)} cached), ${counted(outputTokens)} out`,
  ].filter((part) => part !== null);
  return parts.join(" · ") || null;
}

/** What tells of the agent in a session's terminal, and what of it does not; null: it has none, or nothing has told yet. */
export function recordedFrom(sources: readonly SourceView[]): string | null {
  const named = (state: SourceState): string => sources.filter((each) => each.state === state).map(({ source }) => source).join(", ");
  const [live, silent, off] = [named("live"), named("silent"), named("off")];
  const parts = [live, silent === "" ? "" : `${silent} silent`, off === "" ? "" : `${off} off`].filter((part) => part !== "");
  return live === "" && silent === "" ? null : parts.join("; ");
}

export function durationOf(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) {
    return seconds < 9.95 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds)} s`;
  }
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor(seconds % 60);
  return minutes < 60
    ? `${minutes} min ${String(rest).padStart(2, "0")} s`
    : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

export function agoOf(iso: string, now: number): string {
  const minutes = Math.floor((now - Date.parse(iso)) / 60_000);
  if (minutes < 1) {
    return "just now";
  }
  if (minutes < 60) {
    return `${minutes} min ago`;
  }
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / (24 * 60))} days ago`;
}

function counted(tokens: number): string {
  return tokens.toLocaleString("en");
}

function atStep(word: string, interaction: InteractionView | null): string {
  return interaction === null ? word : `${word} at ${stepOf(interaction)}`;
}
