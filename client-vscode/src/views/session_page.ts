import type { Action, ChildView, Fact, HeaderView, PathStep, StepResultView, StepView, Tone } from "../../webview/messages";
import type { AskView, InteractionView, JsonValue, ResultView, SessionHead, SessionTypeView } from "../protocol";
import { isJsonObject, type JsonObject, wordOf } from "../sessions/json";
import { agentStepOf, groupOf, isClaimed, isInterrupted } from "../sessions/groups";
import { durationOf, holderOf, type Names, titleOf, usageOf, whereOf } from "../sessions/words";

const GROUP_TONES = { waiting: "waiting", running: "running", paused: "muted" } as const;
const FINISHED_TONES = { active: "muted", complete: "ok", failed: "error", cancelled: "muted" } as const;
const RESULT_TONES = { ok: "ok", warning: "warning", error: "error", pending: "running" } as const;
const LINE = 120;

/** A session's head as the top of its page. */
export function headerOf(
  head: SessionHead,
  interactions: readonly InteractionView[],
  type: SessionTypeView | undefined,
  names: Names,
  now: number,
  asks: readonly AskView[] = [],
): HeaderView {
  const group = groupOf(head, now);
  return {
    title: titleOf(head, names),
    status: {
      tone: group === "finished" ? FINISHED_TONES[head.status] : GROUP_TONES[group],
      text: group === "running" ? "running" : whereOf(head, now, asks),
    },
    facts: factsOf(head, now),
    path: pathOf(interactions, type, now),
    note: head.failureReason,
    actions: actionsOf(head, now),
  };
}

function actionsOf(head: SessionHead, now: number): Action[] {
  const isWaiting = groupOf(head, now) === "waiting";
  const canRead = agentStepOf(head, now) !== null;
  return [...(isWaiting ? [head.openAskCount > 0 ? ("answer" as const) : ("run" as const)] : []), ...(canRead ? ["say" as const] : [])];
}

function factsOf(head: SessionHead, now: number): Fact[] {
  const steps = head.interactionCount === 1 ? "1 step" : `${head.interactionCount} steps`;
  const holder = holderOf(head, now);
  const usage = usageOf(head);
  return [
    { label: "Session", value: String(head.id) },
    { label: "Started", value: clock(head.insertedAt, true) },
    { label: "Record", value: `${steps}, ${head.eventCount} events` },
    { label: "Mode", value: `${head.executionMode} · ${head.environment}` },
    ...(usage === null ? [] : [{ label: "Agent", value: usage }]),
    ...(holder === null ? [] : [{ label: "Runs in", value: holder }]),
  ];
}

/** The straight line of the workflow; a detour only once it was taken. */
function pathOf(interactions: readonly InteractionView[], type: SessionTypeView | undefined, now: number): PathStep[] {
  const latest = new Map(interactions.map((interaction) => [interaction.step, toneOf(interaction, now)]));
  return (type?.steps ?? [])
    .filter((step) => !step.detour || latest.has(step.name))
    .map((step) => ({ name: step.name, tone: latest.get(step.name) ?? null, detour: step.detour }));
}

export function stepViewOf(interaction: InteractionView, now: number): StepView {
  const { result, command } = interaction;
  const text = commandOf(command.command, command.metadata);
  const line = firstLine(text);
  return {
    id: interaction.id,
    title: interaction.step,
    attempt: interaction.attempt,
    tone: toneOf(interaction, now),
    status: statusOf(interaction, now),
    command: line,
    commandDetail: line === text ? null : text,
    startedAt: interaction.claim?.claimedAt ?? interaction.insertedAt,
    duration: interaction.completedAt === null ? null : spent(interaction),
    result: result === null ? null : resultOf(result),
  };
}

function spent(interaction: InteractionView): string {
  const measured = interaction.result?.durationMs;
  const { completedAt, insertedAt } = interaction;
  return durationOf(measured ?? Date.parse(completedAt ?? insertedAt) - Date.parse(insertedAt));
}

function toneOf(interaction: InteractionView, now: number): Tone {
  if (interaction.supersededAt !== null) {
    return "muted";
  }
  if (interaction.completedAt !== null && interaction.result !== null) {
    return RESULT_TONES[interaction.result.status];
  }
  return isClaimed(interaction, now) ? "running" : "waiting";
}

function statusOf(interaction: InteractionView, now: number): string {
  if (interaction.supersededAt !== null) {
    return "superseded";
  }
  if (interaction.completedAt !== null && interaction.result !== null) {
    return interaction.result.status;
  }
  if (isInterrupted(interaction, now)) {
    return "interrupted";
  }
  return isClaimed(interaction, now) ? "running" : "pending";
}

function commandOf(command: string, metadata: JsonObject): string {
  const { argv, prompt, path, question, child_session_ids: children } = metadata;
  if (command === "spawn_sessions" && Array.isArray(children)) {
    return `${children.length === 1 ? "session" : "sessions"} ${children.map(wordOf).join(", ")}`;
  }
  if (Array.isArray(argv)) {
    return argv.map((word) => quoted(wordOf(word))).join(" ");
  }
  if (typeof prompt === "string") {
    return prompt;
  }
  if (command === "ask" && typeof question === "string") {
    return question;
  }
  return typeof path === "string" ? `${command === "read_file" ? "read" : command} ${path}` : command;
}

/** Numbers and short words of a result as a person reads them; null: the events tell it better. */
const LABELS: Readonly<Record<string, string | null>> = {
  agent_version: null,
  cached_tokens: "Cached tokens",
  conversation_id: null,
  cost_usd: "Cost in $",
  input_tokens: "Tokens in",
  num_turns: "Turns",
  output_tokens: "Tokens out",
  text: null,
};

function resultOf(result: ResultView): StepResultView {
  const facts: Fact[] = [];
  if (result.code !== null) {
    facts.push({ label: "Exit code", value: String(result.code) });
  }
  for (const [key, value] of Object.entries(result.data)) {
    const label = Object.hasOwn(LABELS, key) ? LABELS[key] : labelOf(key);
    if (label != null && ((typeof value === "string" && value !== "") || (typeof value === "number" && value !== 0))) {
      facts.push({ label, value: firstLine(String(value)) });
    }
  }
  const output = [result.stdout, result.stderr].filter((text): text is string => text !== null && text.trim() !== "");
  const children = childrenOf(result.data.children);
  return { message: result.errorMessage, facts, children, output: output.length === 0 ? null : output.join("\n") };
}

/** What a spawn step says of its sessions. One that cannot be read is left out: the record itself has it. */
function childrenOf(told: JsonValue | undefined): ChildView[] {
  return (Array.isArray(told) ? told : []).filter(isJsonObject).flatMap((child) => {
    const { session_id: sessionId, title, status, cost_usd: cost, reason, problem } = child;
    if (typeof sessionId !== "number") {
      return [];
    }
    const why = [reason, problem].find((each) => typeof each === "string" && each !== "");
    const parts = [
      typeof cost === "number" && cost > 0 ? `$${cost.toFixed(2)}` : null,
      typeof why === "string" ? firstLine(why) : null,
    ].filter((part) => part !== null);
    const word = typeof status === "string" ? status : "unknown";
    return {
      sessionId,
      title: typeof title === "string" && title !== "" ? title : "Session",
      tone: Object.hasOwn(FINISHED_TONES, word) ? FINISHED_TONES[word as SessionHead["status"]] : "muted",
      status: word,
      text: parts.join(" · ") || null,
    };
  });
}

function labelOf(key: string): string {
  const words = key.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function firstLine(text: string): string {
  const [line = ""] = text.trim().split("\n", 1);
  return line.length > LINE ? `${line.slice(0, LINE - 1)}…` : line;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function clock(iso: string, withDate = false): string {
  const moment = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, "0");
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}:${two(moment.getSeconds())}`;
  return withDate ? `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${time}` : time;
}
