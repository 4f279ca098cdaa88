import { isJsonObject, type JsonObject, wordOf } from "../sessions/json";
import { clip, first, oneLine, type Told, words } from "./told";

/** What was done to the session by a person, or by what stands for one; null: the event tells of no such deed. */
export function deedOf(data: JsonObject): Told | null {
  const { action } = data;
  if (typeof action !== "string") {
    return null;
  }
  const telling = Object.hasOwn(OF_ASKS, action) ? OF_ASKS[action] : undefined;
  return telling?.(data) ?? byPerson(action, data);
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

const OF_ASKS: Readonly<Partial<Record<string, (data: JsonObject) => Told>>> = {
  said: (data) => ({ icon: "person", title: data.interrupt === true ? "Interrupted and said" : "Said", text: joined(first(data, ["text"]), whoOf(data)) }),
  asked: (data) => ({ icon: "person", tone: "waiting", title: "Asks", ...aboutOf(data) }),
  answered: (data) => ({
    icon: "person",
    tone: data.answer === "deny" ? "warning" : null,
    title: `Answered: ${first(data, ["answer"]) ?? "?"}`,
    ...aboutOf(data, whoOf(data), first(data, ["comment"])),
  }),
  withdrawn: (data) => ({ icon: "person", tone: "muted", title: "Asks no more", ...aboutOf(data, first(data, ["reason"])) }),
  expired: (data) => ({ icon: "person", tone: "warning", title: "Nobody answered", ...aboutOf(data, first(data, ["answer"])) }),
  allowed: (data) => ({ icon: "state", title: "Allowed", ...aboutOf(data, ruleOf(data)) }),
  denied: (data) => ({ icon: "state", tone: "warning", title: "Not allowed", ...aboutOf(data, ruleOf(data)) }),
};

/** What it is about in one line, and further words; the whole, where a line cannot hold it. */
function aboutOf(data: JsonObject, ...more: readonly (string | null)[]): Pick<Told, "text" | "detail"> {
  const tool = data.kind === "question" ? null : first(data, ["tool"]);
  const subject = first(data, tool === null ? ["question"] : ["command", "path"]);
  const line = subject === null ? tool : `${tool === null ? "" : `${tool}: `}${oneLine(subject)}`;
  const text = joined(line, ...more);
  return { text, detail: subject === null || subject.trim() === oneLine(subject) ? null : clip(subject) };
}

function ruleOf(data: JsonObject): string | null {
  const { ask_id: ask, rule, file, line } = data;
  if (typeof ask === "number") {
    return `as ask ${ask} allowed it in this session`;
  }
  const place = typeof file === "string" ? ` in ${file}${typeof line === "number" ? `:${line}` : ""}` : "";
  return rule === undefined ? first(data, ["reason"]) : `by the rule ${wordOf(rule)}${place}`;
}

function whoOf({ by }: JsonObject): string | null {
  return isJsonObject(by) ? `by ${clientOf(by)}` : null;
}

function clientOf(client: JsonObject): string {
  return first(client, ["client_name", "client_id"]) ?? "somebody";
}

function joined(...parts: readonly (string | null)[]): string | null {
  return parts.filter((part) => part !== null).join(" · ") || null;
}
