import type { Kind, Row, RowIcon } from "../../webview/messages";
import type { EventType, SessionEventView } from "../protocol";
import { countOf, type JsonObject, wordOf } from "../sessions/json";
import { durationOf } from "../sessions/words";
import { code, type Extent, folded, markdown } from "./blocks";
import { deedOf } from "./deed_rows";
import { first, joined, json, oneLine, type Told, words } from "./told";

interface Telling {
  readonly kind: Kind;
  readonly icon: RowIcon;
  readonly title: string;
  readonly tell: (data: JsonObject, extent: Extent) => Told;
}

/** One event that stands for itself as one row. A reader knows few keys and shows the rest as it is. */
export function rowOf(event: SessionEventView, extent: Extent): Row {
  const { kind = "state", icon = "state", title = event.eventType, tell } = (TELLINGS[event.eventType]) ?? {};
  const told = deedOf(event.data, extent) ?? tell?.(event.data, extent) ?? { folded: [code(json(event.data), folded(extent))] };
  return { ...emptyRow(event), kind, icon, title, ...told };
}

/** Of all that a row may say, nothing. */
export const NOTHING_SAID: Omit<Row, "id" | "kind" | "icon" | "at" | "title"> = {
  tone: null,
  text: null,
  duration: null,
  depth: 0,
  agent: null,
  isMore: false,
  file: null,
  shown: [],
  folded: [],
  facts: [],
  children: [],
  ask: null,
};

export function emptyRow(event: SessionEventView): Row {
  return { ...NOTHING_SAID, id: `e${event.id}`, kind: "state", icon: "state", at: Date.parse(event.sentAt), title: "" };
}

const hook: Omit<Telling, "title" | "tell"> = { kind: "hook", icon: "hook" };
const file: Omit<Telling, "title"> = { kind: "file", icon: "file", tell: fileChanged };
const state: Omit<Telling, "title" | "tell"> = { kind: "state", icon: "state" };

/** What belongs together is told by others: calls of tools, commands, hooks and asks. */
const TELLINGS: Readonly<Partial<Record<EventType, Telling>>> = {
  conversation_started: { kind: "message", icon: "agent", title: "Conversation started", tell: (data) => ({ tone: "muted", text: words(data, ["model", "conversation_id", "session_id"]) }) },
  conversation_message_sent: { kind: "message", icon: "person", title: "Prompt", tell: sent },
  conversation_message_received: { kind: "message", icon: "agent", title: "Agent", tell: received },
  conversation_ended: { kind: "message", icon: "agent", title: "Conversation ended", tell: ended },
  file_created: { ...file, title: "Created" },
  file_modified: { ...file, title: "Changed" },
  file_deleted: { ...file, title: "Deleted" },
  hook_triggered: { ...hook, title: "Hook", tell: (data) => ({ text: words(data, ["hook_name", "hook_event", "command"]) }) },
  hook_completed: { ...hook, title: "Hook ended", tell: hookCompleted },
  session_status_changed: {
    ...state,
    title: "Status",
    tell: (data) => ({ tone: "muted", title: typeof data.agent_status === "string" ? "Agent is" : "Status", text: words(data, ["new_status", "agent_status", "reason"]) }),
  },
  session_paused: { ...state, title: "Paused", tell: (data) => ({ text: words(data, ["reason"]) }) },
  session_resumed: { ...state, title: "Resumed", tell: (data) => ({ text: words(data, ["reason"]) }) },
  error_occurred: { kind: "error", icon: "error", title: "Error", tell: errorOccurred },
};

function textIn(data: JsonObject): string | null {
  return first(data, ["text", "message", "error", "reason"]);
}

/** Most of it is a template that the reader knows. */
function sent(data: JsonObject, extent: Extent): Told {
  const text = textIn(data) ?? "";
  return data.said === true
    ? { tone: "muted", title: "The agent has read it", text: oneLine(text) }
    : { text: oneLine(text), folded: oneLine(text) === text.trim() ? [] : [markdown(text, folded(extent))] };
}

function received(data: JsonObject, extent: Extent): Told {
  const text = textIn(data);
  return { shown: text === null ? [] : [data.local === true ? code(text, extent) : markdown(text, extent)] };
}

function errorOccurred(data: JsonObject, extent: Extent): Told {
  const text = textIn(data);
  const whole = text === null || text.trim() === oneLine(text) ? [] : [code(text, extent)];
  if (data.kind === "permission_denied") {
    return { title: "Not allowed", tone: "warning", text: words(data, ["tool", "summary"]), shown: text === null ? [] : [code(text, extent)] };
  }
  if (data.kind === "api_retry") {
    const { attempt, max_retries: most } = data;
    return { title: "Tries again", tone: "warning", text: joined(words(data, ["error"]), `attempt ${wordOf(attempt ?? "?")} of ${wordOf(most ?? "?")}`) };
  }
  if (data.kind === "events_dropped") {
    return { title: "Not recorded", tone: "warning", text: text === null ? null : oneLine(text), shown: whole };
  }
  return { tone: "error", text: text === null ? null : oneLine(text), shown: text === null ? [code(json(data), extent)] : whole };
}

function ended(data: JsonObject): Told {
  const { num_turns: turns, duration_ms: duration, cost_usd: cost, is_error: bad } = data;
  const parts = [
    typeof turns === "number" ? `${turns} turns` : null,
    typeof duration === "number" ? durationOf(duration) : null,
    typeof cost === "number" ? `$${cost.toFixed(4)}` : null,
    words(data, ["reason"]),
  ];
  return { text: joined(...parts), tone: bad === true ? "error" : "muted" };
}

function hookCompleted(data: JsonObject, extent: Extent): Told {
  const { exit_code: exit, outcome, duration_ms: duration } = data;
  const printed = joined(first(data, ["stdout"]), first(data, ["stderr"]));
  return {
    text: words(data, ["hook_name", "hook_event", "command", "outcome", "problem"]),
    tone: outcome === "blocked" || outcome === "given_up" || (typeof exit === "number" && exit !== 0) ? "warning" : null,
    duration: typeof duration === "number" ? durationOf(duration) : null,
    folded: printed === null ? [] : [code(printed, folded(extent))],
  };
}

function fileChanged(data: JsonObject): Told {
  const { more_files: more, renamed_from: from, renamed_to: to } = data;
  if (typeof more === "number") {
    return { title: `${more} files`, text: countsOf(data) };
  }
  const path = first(data, ["path"]);
  if (typeof from === "string" || typeof to === "string") {
    return { title: "Renamed", file: path === null ? null : { path, change: null }, text: typeof to === "string" ? `is now ${to}` : `was ${wordOf(from ?? "")}` };
  }
  const saved: Told = data.saved === true ? { icon: "person", title: "Saved" } : {};
  return { ...saved, file: path === null ? null : { path, change: linesChanged(data) } };
}

export function linesChanged({ lines_added: added, lines_removed: removed }: JsonObject): string | null {
  const parts = [countOf(added) > 0 ? [`+${countOf(added)}`] : [], countOf(removed) > 0 ? [`−${countOf(removed)}`] : []];
  return parts.flat().join(" ") || null;
}

/** Of very many files at once. */
function countsOf(data: JsonObject): string {
  const counts = ["created", "modified", "deleted"].flatMap((kind) => {
    const count = data[kind];
    return typeof count === "number" && count > 0 ? [`${count} ${kind}`] : [];
  });
  const folder = first(data, ["folder"]);
  return [...counts, ...(folder === null || folder === "." ? [] : [`in ${folder}`])].join(" · ");
}
