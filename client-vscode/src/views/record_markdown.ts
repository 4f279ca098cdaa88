import type { Block, Row, StepView, Tone } from "../../webview/messages";
import { durationOf } from "../sessions/words";
import type { RecordPage } from "./record_page";
import { COMMAND_ROW } from "./step_page";

const MARKS: Readonly<Record<Tone, string>> = { ok: "✓", warning: "!", error: "✗", running: "…", waiting: "…", muted: "–" };
/** Of a terminal's output; what is seen there as a colour says nothing in a text. */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g;

/** A session as a text for an issue, a review or a chat: what was asked, what was done, how it ended. */
export function markdownOf({ header, steps, rows, notice }: RecordPage): string {
  const { title, asked, status, totals, files, facts, note } = header;
  const numbers = totals.map(({ label, value }) => `${label}: ${value}`).join(" · ");
  const about = facts.map(({ label, value }) => `${label}: ${value}`).join(" · ");
  const others = files.more === 0 ? "" : ` and ${files.more} more`;
  const changed = files.paths.length === 0 ? "" : `Changed: ${files.paths.map(inCode).join(", ")}${others}`;
  const parts = [
    `# ${line(title)}`,
    ...(asked === null ? [] : [quoted(asked)]),
    [`**${line(status.text)}**`, line(numbers), changed, line(about)].filter((part) => part !== "").join("  \n"),
    ...(note === null ? [] : [quoted(note)]),
    ...(notice === null ? [] : [quoted(notice)]),
    ...steps.flatMap((step) => stepParts(step, rows[step.id] ?? [])),
  ];
  return `${parts.join("\n\n")}\n`;
}

function stepParts(step: StepView, rows: readonly Row[]): string[] {
  const { position, title, attempt, tone, status, durationMs, costUsd, command, isInterlude } = step;
  if (isInterlude) {
    const told = rows.filter(isTelling).map(rowPart);
    return told.length === 0 ? [] : [`## ${line(title)}`, ...told];
  }
  const ended = [status, durationMs === null ? "" : durationOf(durationMs), costUsd === null ? "" : `$${costUsd.toFixed(4)}`].filter((part) => part !== "").join(", ");
  const head = `## ${position}. ${line(title)}${attempt > 1 ? `, attempt ${attempt}` : ""} ${MARKS[tone]} ${line(ended)}`;
  const prompt = rows.find(isPrompt);
  const told = rows.filter((row) => row !== prompt && isTelling(row));
  const executed = told.some(({ kind }) => kind === "command") ? "" : inCode(command);
  return [head, prompt === undefined ? executed : blocksOf([...prompt.shown, ...prompt.folded]), ...told.map(rowPart)].filter((part) => part !== "");
}

function isPrompt({ kind, icon, title }: Row): boolean {
  return kind === "message" && icon === "person" && title === "Prompt";
}

/** Not what only says that something goes on, nor what the step's head says already. */
function isTelling({ id, kind, icon, title, shown, facts, children, tone }: Row): boolean {
  if (id === COMMAND_ROW || kind === "hook" || title === "Conversation started") {
    return false;
  }
  return kind !== "state" || icon === "person" || icon === "ask" || tone === "error" || tone === "warning" || shown.length + facts.length + children.length > 0;
}

function rowPart(row: Row): string {
  const { isMore, facts, children, shown, depth } = row;
  const sessions = children.map((child) => `- ${MARKS[child.tone]} ${line(child.title)} #${child.sessionId}: ${line(child.status)}`);
  const pairs = facts.map(({ label, value }) => `${line(label)}: ${line(value)}`).join(" · ");
  const parts = [isMore ? "" : headOf(row), blocksOf(shown), pairs, sessions.join("\n")].filter((part) => part !== "");
  return quotedBy(parts.join("\n\n"), "> ".repeat(depth));
}

function headOf({ agent, title, file, text, duration, tone }: Row): string {
  const change = file?.change == null ? "" : ` ${file.change}`;
  const words = [tone === "error" ? MARKS.error : "", agent === null ? "" : `${line(agent)}:`, `**${line(title)}**`, file === null ? "" : `${inCode(file.path)}${change}`, line(text ?? ""), duration === null ? "" : `(${duration})`];
  return words.filter((word) => word !== "").join(" ");
}

function blocksOf(blocks: readonly Block[]): string {
  return blocks.map(blockPart).join("\n\n");
}

/** An agent's own markdown stands in a quotation, so that its headings are not the record's. */
function blockPart(block: Block): string {
  switch (block.kind) {
    case "markdown":
      return quoted(block.text);
    case "diff":
      return fenced(block.lines.map(({ sign, text }) => (sign === "@" ? "@@" : `${sign}${text}`)).join("\n"), "diff");
    default:
      return fenced(block.text.replaceAll(ESCAPES, ""), "");
  }
}

function quoted(text: string): string {
  return quotedBy(text.trim(), "> ");
}

function quotedBy(text: string, prefix: string): string {
  return prefix === "" ? text : text.split("\n").map((each) => `${prefix}${each}`.trimEnd()).join("\n");
}

/** Longer than any fence within. */
function fenced(text: string, language: string): string {
  const fence = "`".repeat(Math.max(3, longest(text) + 1));
  return `${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`;
}

function inCode(text: string): string {
  const ticks = "`".repeat(longest(text) + 1);
  const padded = text.startsWith("`") || text.endsWith("`") ? ` ${text} ` : text;
  return `${ticks}${padded.replaceAll(/\s+/g, " ")}${ticks}`;
}

function longest(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([ticks]) => ticks.length));
}

/** In one line, and nothing in it is markup. */
function line(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().replaceAll(/[\\`*_[\]<>#|~]/g, "\\$&");
}
