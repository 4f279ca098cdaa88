import type { AskKind, AskView } from "../protocol";
import { wordOf } from "./json";

export const PERMISSION = { allow: "allow", allowForSession: "allow_session", deny: "deny" } as const;

const LINE = 80;
/** Control characters and what changes the direction of text: a command could look like another one. */
const UNSEEN = /[\p{Cc}\p{Cf}]/gu;

/** What is asked about, as it is executed or written; null: the question says all. */
export interface Exact {
  readonly text: string;
  /** As editors name it. */
  readonly language: "shellscript" | "diff" | "json";
}

/** In a narrow place: what is to be allowed, else the question. */
export function shortAsk(ask: AskView, most = LINE): string {
  const { tool, command, path, working_directory: folder } = ask.details;
  const place = typeof path === "string" && typeof folder === "string" && path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  const about = [command, place].find((each): each is string => typeof each === "string" && each !== "");
  const isPermission = ask.kind === "permission" && typeof tool === "string";
  return shortLine(isPermission ? `${tool}${about === undefined ? "" : `: ${about.trim()}`}` : ask.question, most);
}

/** Whether a narrow place shows all that would be run. */
export function isWholeIn({ details }: AskView, short: string): boolean {
  return typeof details.command === "string" && short.endsWith(`: ${details.command.trim()}`);
}

/** The first line of a text, cut where it is too long; a sign says that there is more, or what cannot be seen. */
export function shortLine(text: string, most = LINE): string {
  const [line = "", ...others] = text.trim().split("\n");
  const characters = Array.from(line.trim().replaceAll(UNSEEN, "\ufffd"));
  const hasMore = characters.length > most || others.length > 0;
  return hasMore ? `${characters.slice(0, most - 1).join("").trimEnd()}…` : characters.join("");
}

export function exactOf({ details }: AskView): Exact | null {
  const { command, diff, input } = details;
  if (typeof command === "string" && command !== "") {
    return { text: command, language: "shellscript" };
  }
  if (typeof diff === "string" && diff !== "") {
    return { text: diff, language: "diff" };
  }
  const what = input ?? details;
  return Object.keys(what).length === 0 ? null : { text: JSON.stringify(what, null, 2), language: "json" };
}

/** Who asks, where and why, a line each. */
export function circumstancesOf({ askedBy, details, expiresAt, defaultAnswer, options }: AskView): string[] {
  const { working_directory: folder, rule, agent_type: agent } = details;
  const until = expiresAt === null ? null : new Date(expiresAt).toLocaleString();
  return [
    `Asked by ${askedBy}${typeof agent === "string" && agent !== "" ? `, for its sub-agent ${agent}` : ""}`,
    ...(typeof folder === "string" && folder !== "" ? [`In ${folder}`] : []),
    ...(rule === undefined || rule === null ? [] : [`Because of the rule ${wordOf(rule)}`]),
    ...(until === null ? [] : [`Until ${until}${defaultAnswer === null ? "" : `; then it counts as: ${titleOfAnswer(defaultAnswer, options)}`}`]),
  ];
}

/** What has become of one that is closed, in a sentence. */
export function endOf(ask: AskView): string {
  switch (ask.status) {
    case "answered":
      return `Ask ${ask.id} was answered by ${ask.answeredBy ?? "somebody"}: ${titleOfAnswer(ask.answer ?? "", ask.options)}.`;
    case "expired":
      return `Nobody answered ask ${ask.id} in time${ask.answer === null ? "" : `, which counts as: ${titleOfAnswer(ask.answer, ask.options)}`}.`;
    case "withdrawn":
      return `Ask ${ask.id} needs no answer any more: ${ask.reason ?? "it was withdrawn"}`;
    case "open":
      return `Ask ${ask.id} waits for an answer.`;
  }
}

/** Whether a person's words may go with an answer: an agent reads why it may not, and steps read comments. */
export function takesComment(kind: AskKind, answer: string): boolean {
  return kind === "question" || (kind === "permission" && answer === PERMISSION.deny);
}

/**
 * In messages the editor makes links of `[…](command:…)`, and what an agent wants to run may hold anything: here no link
 * can come of it.
 */
export function plainly(text: string): string {
  return text.replaceAll("](", "] (");
}

function titleOfAnswer(answer: string, options: AskView["options"]): string {
  return options.find(({ name }) => name === answer)?.title ?? answer;
}
