import type { Block, Row, RowIcon } from "../../webview/messages";
import type { JsonValue, SessionEventView } from "../protocol";
import { isJsonObject, type JsonObject, wordOf } from "../sessions/json";
import { durationOf } from "../sessions/words";
import { code, difference, type Extent, folded, markdown, terminal } from "./blocks";
import { emptyRow, linesChanged } from "./event_rows";
import { first, joined, json, oneLine } from "./told";

/** What was recorded of one call of a tool, as far as it is held. */
export interface Call {
  readonly begin: SessionEventView;
  called: SessionEventView | null;
  result: SessionEventView | null;
  /** Of the one file that it changed. */
  file: SessionEventView | null;
  started: SessionEventView | null;
  completed: SessionEventView | null;
  hasOutput: boolean;
}

export function newCall(begin: SessionEventView): Call {
  return { begin, called: null, result: null, file: null, started: null, completed: null, hasOutput: false };
}

/** Changes of files: the row of the call tells of them. */
export const EDITORS: ReadonlySet<string> = new Set(["Write", "Edit", "MultiEdit", "NotebookEdit"]);
/** A map: a tool may be called anything. */
const ICONS: ReadonlyMap<string, RowIcon> = new Map([
  ["Agent", "agent"],
  ["Bash", "terminal"],
  ["Edit", "edit"],
  ["Glob", "search"],
  ["Grep", "search"],
  ["MultiEdit", "edit"],
  ["NotebookEdit", "edit"],
  ["Read", "read"],
  ["Task", "agent"],
  ["WebFetch", "web"],
  ["WebSearch", "web"],
  ["Write", "edit"],
]);

/** A call and its answer as one row: what matters of it at once, everything else folded. */
export function toolRow(call: Call, extent: Extent): Row {
  const data = (call.called ?? call.result ?? call.begin).data;
  const tool = first(data, ["tool"]) ?? "Tool";
  const input = isJsonObject(call.called?.data.input) ? call.called.data.input : {};
  const path = first(call.file?.data ?? {}, ["path"]) ?? first(data, ["path"]);
  return {
    ...emptyRow(call.begin),
    id: `t${call.begin.id}`,
    kind: "tool",
    icon: ICONS.get(tool) ?? "tool",
    tone: toneOf(call),
    title: tool,
    text: textOf(tool, call, input),
    duration: durationIn(call.result?.data) ?? durationIn(call.completed?.data),
    file: path === null ? null : { path, change: call.file === null ? null : linesChanged(call.file.data) },
    shown: [...essentialsOf(tool, call, input, extent), ...problemOf(call, extent)],
    folded: restOf(tool, call, input, extent),
  };
}

function toneOf({ result, completed }: Call): Row["tone"] {
  const code = completed?.data.exit_code;
  if (result === null) {
    return completed === null ? "running" : typeof code === "number" && code !== 0 ? "error" : null;
  }
  const { is_error: bad, refused } = result.data;
  return refused === true ? "warning" : bad === true || (typeof code === "number" && code !== 0) ? "error" : null;
}

function textOf(tool: string, call: Call, input: JsonObject): string | null {
  const { data } = call.called ?? call.begin;
  const description = first(input, ["description"]);
  const about = tool === "Bash" ? description : (searchIn(input) ?? (first(data, ["path"]) === null ? first(data, ["summary"]) : null));
  const { exit_code: exit, interrupted } = call.completed?.data ?? {};
  const end = [
    typeof exit === "number" && exit !== 0 ? `exit code ${exit}` : null,
    interrupted === true || call.result?.data.interrupted === true ? "interrupted" : null,
    call.result?.data.refused === true ? "refused" : null,
    call.result?.data.background === true ? "goes on in the background" : null,
  ];
  return joined(about === null ? null : oneLine(about), ...end);
}

function searchIn(input: JsonObject): string | null {
  const query = first(input, ["pattern", "query", "url"]);
  const place = first(input, ["glob", "path"]);
  return query === null ? null : place === null ? query : `${oneLine(query)} in ${place}`;
}

function essentialsOf(tool: string, { called, started }: Call, input: JsonObject, extent: Extent): Block[] {
  if (tool === "Bash") {
    const command = first(input, ["command"]) ?? first(started?.data ?? {}, ["command"]);
    return command === null ? [] : [code(`$ ${command}`, extent)];
  }
  if (tool === "TodoWrite" && Array.isArray(input.todos)) {
    return [code(input.todos.map(todo).join("\n"), extent)];
  }
  const { content, edits } = input;
  if (tool === "Write" && typeof content === "string") {
    return [difference("", content, extent)];
  }
  const pieces = Array.isArray(edits) ? edits : called !== null && EDITORS.has(tool) ? [input] : [];
  return pieces.flatMap((piece) => pieceOf(piece, extent));
}

function pieceOf(piece: JsonValue | JsonObject, extent: Extent): Block[] {
  if (!isJsonObject(piece)) {
    return [];
  }
  const { old_string: before, new_string: after, new_source: source } = piece;
  const fresh = typeof after === "string" ? after : source;
  return typeof fresh === "string" ? [difference(typeof before === "string" ? before : "", fresh, extent)] : [];
}

function todo(item: JsonValue): string {
  const { status, content } = isJsonObject(item) ? item : {};
  const mark = status === "completed" ? "✓" : status === "in_progress" ? "▸" : "○";
  return `${mark} ${typeof content === "string" ? oneLine(content) : "?"}`;
}

function problemOf({ result, hasOutput }: Call, extent: Extent): Block[] {
  if (result?.data.is_error !== true || hasOutput) {
    return [];
  }
  const text = plain(result.data.content ?? null).trim();
  return text === "" ? [] : [terminal(text, { characters: extent.characters, lines: Math.min(extent.lines, 12) })];
}

/** Everything that is not to be seen already. */
function restOf(tool: string, { called, result, hasOutput }: Call, input: JsonObject, extent: Extent): Block[] {
  const more = folded(extent);
  const prompt = first(input, ["prompt"]);
  const isShown = EDITORS.has(tool) || tool === "Bash" || tool === "TodoWrite";
  const asked = called === null || isShown ? [] : prompt === null ? (Object.keys(input).length === 0 ? [] : [code(json(input), more, "Input")]) : [markdown(prompt, more, "Prompt")];
  if (result === null || result.data.is_error === true || hasOutput) {
    return asked;
  }
  const text = plain(result.data.content ?? null);
  const answer = text.trim() === "" ? [] : [tool === "Task" || tool === "Agent" ? markdown(text, more, "Answer") : terminal(text, more, tool === "Bash" ? null : "Result")];
  return [...asked, ...answer];
}

/** A tool's answer is a text, or blocks of which some have one. */
export function plain(content: JsonValue): string {
  if (Array.isArray(content)) {
    return content.map(plain).join("\n");
  }
  if (typeof content === "object" && content !== null) {
    return typeof content.text === "string" ? content.text : json(content);
  }
  return content === null ? "" : wordOf(content);
}

function durationIn(data: JsonObject | undefined): string | null {
  return typeof data?.duration_ms === "number" ? durationOf(data.duration_ms) : null;
}
