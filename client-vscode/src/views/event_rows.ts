import type { EventRow, RowIcon } from "../../webview/messages";
import type { EventType, JsonValue, SessionEventView } from "../protocol";
import { type JsonObject, wordOf } from "../sessions/json";
import { durationOf } from "../sessions/words";
import { deedOf } from "./deed_rows";
import { clock } from "./session_page";
import { clip, first, json, oneLine, type Told, words } from "./told";

interface Telling {
  readonly icon: RowIcon;
  readonly title: string;
  readonly tell: (data: JsonObject) => Told;
}

/** One event as one row of the page. A reader knows few keys and shows the rest as it is. */
export function rowOf(event: SessionEventView): EventRow {
  const telling = TELLINGS[event.eventType] as Telling | undefined;
  const base: EventRow = {
    id: event.id,
    at: clock(event.sentAt),
    icon: telling?.icon ?? "state",
    tone: null,
    title: telling?.title ?? event.eventType,
    text: null,
    detail: null,
    file: null,
    output: null,
  };
  const told = deedOf(event.data) ?? telling?.tell(event.data) ?? { detail: json(event.data) };
  return { ...base, ...told };
}

const TELLINGS: Readonly<Record<EventType, Telling>> = {
  conversation_started: {
    icon: "agent",
    title: "Conversation started",
    tell: (data) => ({ text: words(data, ["model", "conversation_id", "session_id"]) }),
  },
  conversation_message_sent: { icon: "person", title: "Prompt", tell: (data) => ({ detail: text(data) }) },
  conversation_message_received: { icon: "agent", title: "Agent", tell: (data) => ({ text: text(data) }) },
  conversation_ended: { icon: "agent", title: "Conversation ended", tell: ended },
  tool_called: { icon: "tool", title: "Tool", tell: toolCalled },
  tool_result: { icon: "tool", title: "Tool result", tell: toolResult },
  file_created: { icon: "file", title: "Created", tell: file },
  file_modified: { icon: "file", title: "Changed", tell: file },
  file_deleted: { icon: "file", title: "Deleted", tell: file },
  command_started: { icon: "terminal", title: "Command", tell: (data) => ({ text: command(data) }) },
  command_output: { icon: "terminal", title: "Output", tell: output },
  command_completed: { icon: "terminal", title: "Command ended", tell: commandCompleted },
  hook_triggered: { icon: "hook", title: "Hook", tell: (data) => ({ text: words(data, ["hook_name", "hook_event"]) }) },
  hook_completed: { icon: "hook", title: "Hook ended", tell: (data) => ({ text: words(data, ["hook_name", "outcome"]) }) },
  session_status_changed: {
    icon: "state",
    title: "Status",
    tell: (data) => ({
      title: typeof data.agent_status === "string" ? "Agent is" : "Status",
      text: words(data, ["new_status", "agent_status", "reason"]),
    }),
  },
  session_paused: { icon: "state", title: "Paused", tell: (data) => ({ text: words(data, ["reason"]) }) },
  session_resumed: { icon: "state", title: "Resumed", tell: (data) => ({ text: words(data, ["reason"]) }) },
  error_occurred: { icon: "error", title: "Error", tell: errorOccurred },
};

function text(data: JsonObject): string | null {
  return first(data, ["text", "message", "error", "reason"]);
}

function errorOccurred(data: JsonObject): Told {
  if (data.kind === "permission_denied") {
    return { title: "Not allowed", tone: "warning", text: words(data, ["tool", "summary"]), detail: text(data) };
  }
  if (data.kind === "api_retry") {
    const { attempt, max_retries: most } = data;
    return { title: "Tries again", tone: "warning", text: words(data, ["error"]), detail: `Attempt ${wordOf(attempt ?? "?")} of ${wordOf(most ?? "?")}` };
  }
  return { tone: "error", text: text(data) ?? json(data) };
}

function ended(data: JsonObject): Told {
  const { num_turns: turns, duration_ms: duration, cost_usd: cost, is_error: bad } = data;
  const parts = [
    typeof turns === "number" ? `${turns} turns` : null,
    typeof duration === "number" ? durationOf(duration) : null,
    typeof cost === "number" ? `$${cost.toFixed(4)}` : null,
  ];
  return { text: parts.filter((part) => part !== null).join(" · ") || null, tone: bad === true ? "error" : null };
}

function toolCalled(data: JsonObject): Told {
  const { input } = data;
  const about = first(data, ["path", "summary"]);
  return {
    title: first(data, ["tool"]) ?? "Tool",
    text: about === null ? null : oneLine(about),
    detail: input === undefined ? null : json(input),
  };
}

function toolResult(data: JsonObject): Told {
  const bad = data.is_error === true;
  const title = data.refused === true ? "Refused" : bad ? "Failed" : "Result";
  const content = plain(data.content ?? null);
  const line = oneLine(content);
  return { title, tone: bad ? "error" : null, text: line === "" ? null : line, detail: line === content.trim() ? null : clip(content) };
}

/** A tool's answer is a text, or blocks of which some have one. */
function plain(content: JsonValue): string {
  if (Array.isArray(content)) {
    return content.map(plain).join("\n");
  }
  if (typeof content === "object" && content !== null) {
    return typeof content.text === "string" ? content.text : json(content);
  }
  return content === null ? "" : wordOf(content);
}

function file(data: JsonObject): Told {
  const { lines_added: added, lines_removed: removed } = data;
  const parts = [
    typeof added === "number" && added > 0 ? `+${added}` : null,
    typeof removed === "number" && removed > 0 ? `−${removed}` : null,
  ];
  return { file: first(data, ["path"]), text: parts.filter((part) => part !== null).join(" ") || null };
}

function command(data: JsonObject): string | null {
  const argv = data.argv;
  return Array.isArray(argv) ? argv.map(wordOf).join(" ") : first(data, ["command"]);
}

function output(data: JsonObject): Told {
  const piece = first(data, ["text", "output"]) ?? "";
  return { output: { stream: first(data, ["stream"]) ?? "stdout", text: piece } };
}

function commandCompleted(data: JsonObject): Told {
  const { exit_code: code, duration_ms: duration } = data;
  const parts = [
    typeof code === "number" ? `exit code ${code}` : data.interrupted === true ? "interrupted" : null,
    typeof duration === "number" ? durationOf(duration) : null,
    words(data, ["ended_by", "error"]),
  ].filter((part) => part !== null);
  return { text: parts.join(" · ") || null, tone: code === 0 ? "ok" : code === null || code === undefined ? "muted" : "error" };
}
