import type { Action, Fact, HeaderView, PathStep, Total } from "../../webview/messages";
import type { AskView, InteractionView, SessionHead, SessionTypeView, SourceView } from "../protocol";
import { agentStepOf, groupOf, isClaimed } from "../sessions/groups";
import type { TouchedFiles } from "../sessions/touched_files";
import { durationOf, holderOf, type Names, recordedFrom, titleOf, usageOf, whereOf } from "../sessions/words";
import { FINISHED_TONES, toneOf } from "./step_summary";

const MAX_FILES = 6;
const MAX_OPTION = 200;
const GROUP_TONES = { waiting: "waiting", running: "running", paused: "muted" } as const;

export interface HeaderNeeds {
  readonly head: SessionHead;
  readonly interactions: readonly InteractionView[];
  readonly type: SessionTypeView | undefined;
  readonly names: Names;
  readonly now: number;
  readonly asks: readonly AskView[];
  readonly sources: readonly SourceView[];
  readonly files: Pick<TouchedFiles, "paths" | "added" | "removed">;
}

/** A session's head as the top of its page. */
export function headerOf(needs: HeaderNeeds): HeaderView {
  const { head, interactions, names, now, asks } = needs;
  const group = groupOf(head, now);
  return {
    title: titleOf(head, names),
    asked: askedOf(needs),
    status: {
      tone: group === "finished" ? FINISHED_TONES[head.status] : GROUP_TONES[group],
      text: group === "running" ? "running" : whereOf(head, now, asks),
    },
    facts: factsOf(needs),
    totals: totalsOf(needs),
    files: { canOpen: true, paths: [...needs.files.paths].slice(0, MAX_FILES), more: Math.max(0, needs.files.paths.size - MAX_FILES) },
    runningSince: isAtWork(head, now) ? begunAt(interactions, head) : null,
    path: pathOf(needs),
    note: head.failureReason,
    actions: actionsOf(head, interactions, now),
    listener: agentStepOf(head, now) === null ? null : "Claude Code",
  };
}

function actionsOf(head: SessionHead, interactions: readonly InteractionView[], now: number): Action[] {
  const group = groupOf(head, now);
  return [
    ...(group === "waiting" ? [head.openAskCount > 0 ? ("answer" as const) : ("run" as const)] : []),
    ...(group === "waiting" || group === "running" ? [head.executionMode === "manual" ? ("background" as const) : ("terminal" as const)] : []),
    ...(group === "finished" && interactions.length > 0 ? ["review" as const] : []),
  ];
}

/** The words of whoever began it, else what sessions of its kind are for. */
function askedOf({ head: { options, title }, type }: HeaderNeeds): string | null {
  const { description } = options;
  if (typeof description === "string" && description.trim() !== "") {
    return description.trim() === title?.trim() ? null : description.trim();
  }
  const purpose = type?.description ?? "";
  return purpose === "" ? null : purpose;
}

/** What it was given besides. */
function optionsOf({ options }: SessionHead): Fact[] {
  const others = Object.entries(options).filter(([name, value]) => name !== "description" && value !== null);
  return others.map(([label, value]) => ({ label, value: (typeof value === "string" ? value : JSON.stringify(value)).slice(0, MAX_OPTION) }));
}

function factsOf({ head, now, sources }: HeaderNeeds): Fact[] {
  const holder = holderOf(head, now);
  const recorded = head.executionMode === "manual" ? recordedFrom(sources) : null;
  return [
    { label: "Session", value: `#${head.id}` },
    { label: "Mode", value: `${head.executionMode} · ${head.environment}` },
    ...optionsOf(head),
    { label: "Started", value: new Date(head.insertedAt).toLocaleString("sv") },
    { label: "Record", value: `${head.eventCount.toLocaleString("en")} ${head.eventCount === 1 ? "event" : "events"}` },
    ...(holder === null ? [] : [{ label: "Runs in", value: holder }]),
    ...(recorded === null ? [] : [{ label: "Recorded from", value: recorded }]),
  ];
}

function totalsOf({ head, interactions, now, files }: HeaderNeeds): Total[] {
  const usage = usageOf(head);
  const tokens = head.inputTokens + head.cachedTokens + head.outputTokens;
  const again = interactions.filter(({ attempt, supersededAt }) => attempt > 1 && supersededAt === null).length;
  const lines = [files.added > 0 ? `+${files.added}` : "", files.removed > 0 ? `−${files.removed}` : ""].filter((part) => part !== "").join(" ");
  return [
    total("Elapsed", elapsedOf(head, interactions, now), null),
    total("Steps", String(head.interactionCount), again === 0 ? null : `${again} ${again === 1 ? "was a repeated attempt" : "were repeated attempts"}`),
    ...(tokens === 0 ? [] : [total("Tokens", shortly(tokens), usage)]),
    ...(head.costUsd === null ? [] : [total("Cost", `$${head.costUsd.toFixed(head.costUsd < 0.995 ? 4 : 2)}`, usage)]),
    ...(files.paths.size === 0 ? [] : [{ label: "Files", value: `${files.paths.size}${lines === "" ? "" : ` (${lines})`}`, detail: "Review all changes", action: "review" as const }]),
  ];
}

function total(label: string, value: string, detail: string | null): Total {
  return { label, value, detail, action: null };
}

/** Also while it waits for an answer: its step goes on. */
function isAtWork(head: SessionHead, now: number): boolean {
  return groupOf(head, now) === "running" || isClaimed(head.pendingInteraction, now);
}

/** From the first step on: before, it only waited to be begun. */
function begunAt([first]: readonly InteractionView[], head: SessionHead): number {
  return Date.parse(first?.claim?.claimedAt ?? first?.insertedAt ?? head.insertedAt);
}

function elapsedOf(head: SessionHead, interactions: readonly InteractionView[], now: number): string {
  if (interactions.length === 0) {
    return "–";
  }
  const ends = interactions.map(({ completedAt }) => (completedAt === null ? 0 : Date.parse(completedAt)));
  const last = isAtWork(head, now) ? now : Math.max(...ends);
  // Whoever executed a step has measured it; here it is only known when its word came.
  const spent = interactions.reduce((sum, { result }) => sum + (result?.durationMs ?? 0), 0);
  const waited = last - begunAt(interactions, head);
  return waited < 0 && spent === 0 ? "–" : durationOf(Math.max(waited, spent));
}

export function shortly(count: number): string {
  if (count < 1_000) {
    return String(count);
  }
  return count < 999_500 ? `${(count / 1_000).toFixed(count < 9_950 ? 1 : 0)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** The straight line of the workflow with all rounds of each step; a detour only once it was taken. */
function pathOf({ interactions, type, now }: HeaderNeeds): PathStep[] {
  const rounds = new Map<string, PathStep["rounds"]>();
  for (const interaction of interactions) {
    const { id, step, attempt, position } = interaction;
    const tone = toneOf(interaction, now);
    const round = { stepId: id, tone, label: `${step}, step ${position}${attempt > 1 ? `, attempt ${attempt}` : ""}: ${tone}` };
    rounds.set(step, [...(rounds.get(step) ?? []), round]);
  }
  return named(type, rounds)
    .filter(({ name, detour }) => !detour || rounds.has(name))
    .map(({ name, detour }) => ({ name, detour, rounds: rounds.get(name) ?? [], tone: rounds.get(name)?.at(-1)?.tone ?? null }));
}

/** A detour stands behind the first step that leads to it. */
function named(type: SessionTypeView | undefined, rounds: ReadonlyMap<string, unknown>): readonly Pick<PathStep, "name" | "detour">[] {
  const steps = type?.steps ?? [...rounds.keys()].map((name) => ({ name, detour: false, routes: null }));
  const straight = steps.filter(({ detour }) => !detour);
  const leftOver = new Set(steps.filter(({ detour }) => detour));
  const placed = straight.flatMap((step) => {
    const behind = [...leftOver].filter(({ name }) => step.routes !== null && Object.values(step.routes).includes(name));
    behind.forEach((each) => leftOver.delete(each));
    return [step, ...behind];
  });
  return [...placed, ...leftOver];
}
