import type { ChildView, Fact, Tone } from "../../webview/messages";
import type { InteractionView, JsonValue, ResultView, SessionHead } from "../protocol";
import { isClaimed, isInterrupted } from "../sessions/groups";
import { isJsonObject, type JsonObject, wordOf } from "../sessions/json";

export const FINISHED_TONES: Readonly<Record<SessionHead["status"], Tone>> = { active: "muted", complete: "ok", failed: "error", cancelled: "muted" };
const RESULT_TONES = { ok: "ok", warning: "warning", error: "error", pending: "running" } as const;
const LINE = 120;

/** What a step executes, and what came of it. */
export interface StepSummary {
  readonly tone: Tone;
  readonly status: string;
  /** One line. */
  readonly command: string;
  /** All of it, when one line cannot hold it. */
  readonly commandDetail: string | null;
  /** Null: it has not ended. */
  readonly durationMs: number | null;
  readonly result: ResultSummary | null;
}

export interface ResultSummary {
  readonly message: string | null;
  readonly facts: readonly Fact[];
  readonly children: readonly ChildView[];
}

export function summaryOf(interaction: InteractionView, now: number): StepSummary {
  const { result, command } = interaction;
  const text = commandOf(command.command, command.metadata);
  const line = firstLine(text);
  return {
    tone: toneOf(interaction, now),
    status: statusOf(interaction, now),
    command: line,
    commandDetail: line === text ? null : text,
    durationMs: interaction.completedAt === null ? null : spent(interaction),
    result: result === null ? null : resultOf(result),
  };
}

function spent(interaction: InteractionView): number {
  const measured = interaction.result?.durationMs;
  const { completedAt, insertedAt } = interaction;
  return measured ?? Date.parse(completedAt ?? insertedAt) - Date.parse(insertedAt);
}

export function toneOf(interaction: InteractionView, now: number): Tone {
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

export function commandOf(command: string, metadata: JsonObject): string {
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

function resultOf(result: ResultView): ResultSummary {
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
  return { message: result.errorMessage, facts, children: childrenOf(result.data.children) };
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

export function firstLine(text: string): string {
  const [line = ""] = text.trim().split("\n", 1);
  return line.length > LINE ? `${line.slice(0, LINE - 1)}…` : line;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
