import type { Block, Row, StepView } from "../../webview/messages";
import type { InteractionView, SessionEventView } from "../protocol";
import { isClaimed } from "../sessions/groups";
import { code, type Extent, folded, markdown, terminal } from "./blocks";
import { NOTHING_SAID } from "./event_rows";
import { summaryOf } from "./step_summary";
import type { RowSource } from "./timeline_rows";

/** Says what a step executes, before all that came of it. */
export const COMMAND_ROW = "command";
/** Says what came of a step, behind all of that. */
export const RESULT_ROW = "result";

export function stepViewOf(interaction: InteractionView, now: number): StepView {
  const { tone, status, command, durationMs, result } = summaryOf(interaction, now);
  const { id, position, step, attempt, completedAt, supersededAt, claim, insertedAt } = interaction;
  const cost = interaction.result?.data.cost_usd;
  return {
    id,
    isInterlude: false,
    position,
    title: step,
    attempt,
    tone,
    status,
    command,
    summary: result?.message?.trim() === "" ? null : (result?.message ?? null),
    startedAt: Date.parse(claim?.claimedAt ?? insertedAt),
    durationMs: durationMs === null ? null : Math.max(0, durationMs),
    costUsd: typeof cost === "number" ? cost : null,
    canEdit: completedAt === null && supersededAt === null && !isClaimed(interaction, now),
  };
}

/** What the step executes, where a line does not say it, and at the end what came of it: its events stand between. */
export function endsOf(interaction: InteractionView, now: number, events: readonly SessionEventView[]): { readonly begin: RowSource[]; readonly end: RowSource[] } {
  const { commandDetail, result } = summaryOf(interaction, now);
  // The agent's own record begins with it.
  const isTold = typeof interaction.command.metadata.prompt === "string" && events.some(({ eventType }) => eventType === "conversation_message_sent");
  const begin = commandDetail === null || isTold ? [] : [source(COMMAND_ROW, `${commandDetail.length}`, (extent) => commandRow(interaction, commandDetail, extent))];
  const row = result === null || interaction.result === null ? [] : [source(RESULT_ROW, `${interaction.result.id}.${JSON.stringify(interaction.result).length}`, (extent) => resultRow(interaction, now, extent))];
  return { begin, end: row };
}

function source(id: string, version: string, make: (extent: Extent) => Row | null): RowSource {
  return { id, version, events: [], make };
}

function commandRow({ command, insertedAt }: InteractionView, text: string, extent: Extent): Row {
  const more = folded(extent);
  const isPrompt = typeof command.metadata.prompt === "string";
  return {
    ...NOTHING_SAID,
    id: COMMAND_ROW,
    kind: isPrompt ? "message" : "command",
    icon: isPrompt ? "person" : "terminal",
    at: Date.parse(command.timestamp || insertedAt),
    title: isPrompt ? "Prompt" : "Command",
    text: isPrompt ? "what the agent is told to do" : null,
    folded: [isPrompt ? markdown(text, more) : code(text, more)],
  };
}

/** Null: it says nothing that the step's head does not. */
function resultRow(interaction: InteractionView, now: number, extent: Extent): Row | null {
  const { result, tone } = summaryOf(interaction, now);
  const { stdout, stderr, timestamp } = interaction.result ?? {};
  if (result === null) {
    return null;
  }
  const printed = [block("stdout", stdout, extent), block("stderr", stderr, extent)].flat();
  const isBad = tone === "error" || tone === "warning";
  const message = result.message === null || result.message.trim() === "" ? [] : [code(result.message.trim(), extent)];
  if (message.length + printed.length + result.facts.length + result.children.length === 0) {
    return null;
  }
  return {
    ...NOTHING_SAID,
    id: RESULT_ROW,
    kind: isBad ? "error" : "state",
    icon: "result",
    at: Date.parse(timestamp ?? interaction.insertedAt),
    tone,
    title: "Result",
    shown: message,
    folded: printed,
    facts: [...result.facts],
    children: [...result.children],
  };
}

function block(label: string, text: string | null | undefined, extent: Extent): Block[] {
  return text == null || text.trim() === "" ? [] : [terminal(text, folded(extent), label)];
}
