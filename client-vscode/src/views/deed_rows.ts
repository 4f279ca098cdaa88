import type { JsonValue } from "../protocol";
import { isJsonObject, type JsonObject, wordOf } from "../sessions/json";
import { usageOf } from "../sessions/words";
import { code, type Extent } from "./blocks";
import { first, joined, oneLine, type Told, words } from "./told";

/** What was done to the session by a person, or by what stands for one, or how its agent came along; null: neither. */
export function deedOf(data: JsonObject, extent: Extent): Told | null {
  const { action } = data;
  if (typeof action !== "string") {
    return null;
  }
  const telling = Object.hasOwn(TELLINGS, action) ? TELLINGS[action] : undefined;
  return telling?.(data, extent) ?? byPerson(action, data);
}

/** The daemon records with each who it was. */
function byPerson(action: string, data: JsonObject): Told | null {
  const { from } = data;
  if (!isJsonObject(data.by)) {
    return null;
  }
  const done = action.replaceAll("_", " ");
  const origin = isJsonObject(from) ? `from ${clientOf(from)}` : null;
  return {
    icon: "person",
    title: done.charAt(0).toUpperCase() + done.slice(1),
    text: joined(origin, whoOf(data), words(data, ["reason", "note", "new_mode", "answer", "step"])),
  };
}

const TELLINGS: Readonly<Partial<Record<string, (data: JsonObject, extent: Extent) => Told>>> = {
  said: (data, extent) => ({
    kind: "message",
    icon: "person",
    title: data.interrupt === true ? "Interrupted and said" : "Said",
    text: whoOf(data),
    shown: [code(first(data, ["text"]) ?? "", extent)],
  }),
  asked: (data, extent) => ({ icon: "ask", tone: "waiting", title: "Asks", ...aboutOf(data, extent) }),
  answered: (data, extent) => ({
    icon: "ask",
    tone: data.answer === "deny" ? "warning" : null,
    title: `Answered: ${first(data, ["answer"]) ?? "?"}`,
    ...aboutOf(data, extent, whoOf(data), first(data, ["comment"])),
  }),
  withdrawn: (data, extent) => ({ icon: "ask", tone: "muted", title: "Asks no more", ...aboutOf(data, extent, first(data, ["reason"])) }),
  expired: (data, extent) => ({ icon: "ask", tone: "warning", title: "Nobody answered", ...aboutOf(data, extent, first(data, ["answer"])) }),
  allowed: (data, extent) => ({ icon: "state", title: "Allowed", ...aboutOf(data, extent, ruleOf(data)) }),
  denied: (data, extent) => ({ icon: "state", tone: "warning", title: "Not allowed", ...aboutOf(data, extent, ruleOf(data)) }),
  used: (data) => ({ icon: "agent", tone: "muted", title: "Used", text: usageOf(usedBy(data)) }),
  turn_ended: ({ background }) => ({ icon: "agent", tone: "muted", title: "Turn ended", text: stillWorking(background) }),
};

/** What it is about in one line, and further words; the whole, where a line cannot hold it. */
function aboutOf(data: JsonObject, extent: Extent, ...more: readonly (string | null)[]): Told {
  const tool = data.kind === "question" ? null : first(data, ["tool"]);
  const subject = first(data, tool === null ? ["question"] : ["command", "path"]);
  const line = subject === null ? tool : `${tool === null ? "" : `${tool}: `}${oneLine(subject)}`;
  return { text: joined(line, ...more), shown: subject === null || subject.trim() === oneLine(subject) ? [] : [code(subject, extent)] };
}

function ruleOf(data: JsonObject): string | null {
  const { ask_id: ask, rule, file, line } = data;
  if (typeof ask === "number") {
    return `as ask ${ask} allowed it in this session`;
  }
  const place = typeof file === "string" ? ` in ${file}${typeof line === "number" ? `:${line}` : ""}` : "";
  return rule === undefined ? first(data, ["reason"]) : `by the rule ${wordOf(rule)}${place}`;
}

function usedBy(data: JsonObject): Parameters<typeof usageOf>[0] {
  const number = (key: string): number => (typeof data[key] === "number" ? data[key] : 0);
  const costUsd = typeof data.cost_usd === "number" ? data.cost_usd : null;
  return { costUsd, inputTokens: number("input_tokens"), cachedTokens: number("cached_tokens"), outputTokens: number("output_tokens") };
}

function stillWorking(count: JsonValue | undefined): string | null {
  return typeof count === "number" && count > 0 ? `${count} ${count === 1 ? "sub-agent still works" : "sub-agents still work"}` : null;
}

function whoOf({ by }: JsonObject): string | null {
  return isJsonObject(by) ? `by ${clientOf(by)}` : null;
}

function clientOf(client: JsonObject): string {
  return first(client, ["client_name", "client_id"]) ?? "somebody";
}
