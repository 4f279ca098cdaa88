import type { Row } from "../../webview/messages";
import type { SessionEventView } from "../protocol";
import { type JsonObject, wordOf } from "../sessions/json";
import { durationOf } from "../sessions/words";
import { code, type Extent, terminal } from "./blocks";
import { emptyRow } from "./event_rows";
import { first, joined, oneLine } from "./told";

/** Where one row of an output ends and the next begins, whatever part of the output is held. */
const EVENTS_A_ROW = 40;

/** A command that no tool called: a step's own, or one in a person's terminal. */
export interface Command {
  readonly started: SessionEventView;
  completed: SessionEventView | null;
}

export interface Output {
  readonly id: string;
  readonly stream: string;
  readonly pieces: SessionEventView[];
}

/** Pieces of one command's output with the same name read on as one text. */
export function outputId(event: SessionEventView): string {
  const owner = first(event.data, ["tool_use_id", "execution_id"]) ?? "";
  return `o${Math.floor(event.id / EVENTS_A_ROW)}.${streamOf(event)}.${owner}`;
}

export function newOutput(event: SessionEventView): Output {
  return { id: outputId(event), stream: streamOf(event), pieces: [event] };
}

function streamOf({ data }: SessionEventView): string {
  return first(data, ["stream"]) ?? "stdout";
}

export function outputRow({ id, stream, pieces }: Output, extent: Extent): Row | null {
  const [begin] = pieces;
  const text = pieces.map(({ data }) => first(data, ["text", "output"]) ?? "").join("");
  if (begin === undefined || text.trim() === "") {
    return null;
  }
  return { ...emptyRow(begin), id, kind: "command", icon: "terminal", title: stream === "stderr" ? "stderr" : "Output", isMore: true, shown: [terminal(text, extent)] };
}

/** In a person's terminal it is theirs; else it is the session's own. */
export function commandRow({ started, completed }: Command, extent: Extent): Row {
  const { data } = started;
  const name = first(data, ["terminal"]);
  const directory = first(data, ["working_directory"]);
  const line = commandIn(data);
  return {
    ...emptyRow(started),
    id: `c${started.id}`,
    kind: "command",
    icon: name === null ? "terminal" : "person",
    title: name === null ? (data.gate === true ? "Gate" : "Command") : `In ${name}`,
    text: joined(directory === null || directory === "." ? null : `in ${directory}`, completed === null ? null : endOf(completed.data)),
    tone: completed === null ? "running" : toneOf(completed.data),
    duration: completed === null ? null : durationIn(completed.data),
    shown: line === null ? [] : [code(`$ ${line}`, extent)],
  };
}

/** Its beginning is not held. */
export function endRow(completed: SessionEventView): Row {
  const name = first(completed.data, ["terminal"]);
  return {
    ...emptyRow(completed),
    kind: "command",
    icon: name === null ? "terminal" : "person",
    title: name === null ? "Command ended" : `Ended in ${name}`,
    text: endOf(completed.data),
    tone: toneOf(completed.data),
    duration: durationIn(completed.data),
  };
}

function commandIn(data: JsonObject): string | null {
  const argv = data.argv;
  return Array.isArray(argv) ? argv.map(wordOf).join(" ") : first(data, ["command"]);
}

function endOf({ exit_code: exit, interrupted, ended_by: by, error }: JsonObject): string | null {
  const parts = [by, error].map((each) => (typeof each === "string" && each !== "" ? oneLine(each) : null));
  return joined(typeof exit === "number" ? `exit code ${exit}` : interrupted === true ? "interrupted" : null, ...parts);
}

function toneOf({ exit_code: exit }: JsonObject): Row["tone"] {
  return exit === 0 ? "ok" : exit === null || exit === undefined ? "muted" : "error";
}

function durationIn({ duration_ms: duration }: JsonObject): string | null {
  return typeof duration === "number" ? durationOf(duration) : null;
}
