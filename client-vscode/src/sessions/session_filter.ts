import type { SessionHead } from "../protocol";
import { type Group, groupOf } from "./groups";
import { GROUP_TITLES, type Names, titleOf, titleOfType } from "./words";

/** How a session stands, told apart more finely than by the groups of the tree. */
export type Standing = Exclude<Group, "finished"> | "complete" | "failed" | "cancelled";

export const STANDINGS: Readonly<Record<Standing, string>> = {
  waiting: GROUP_TITLES.waiting,
  running: GROUP_TITLES.running,
  paused: GROUP_TITLES.paused,
  complete: "Complete",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** A session has to suit each part that is not empty. */
export interface SessionFilter {
  /** Words, in any order, of title, type, component, or number. */
  readonly text: string;
  readonly standings: readonly Standing[];
  /** Ids of session types. */
  readonly types: readonly string[];
}

export const NO_FILTER: SessionFilter = { text: "", standings: [], types: [] };
const MAX_TEXT = 200;

export function isFilter({ text, standings, types }: SessionFilter): boolean {
  return text.trim() !== "" || standings.length > 0 || types.length > 0;
}

export function standingOf(head: SessionHead, now: number): Standing {
  const group = groupOf(head, now);
  return group !== "finished" ? group : head.status === "active" ? "complete" : head.status;
}

/** Null: no filter, so that all suit. */
export function suitsOf(filter: SessionFilter, names: Names, now: () => number): ((head: SessionHead) => boolean) | null {
  if (!isFilter(filter)) {
    return null;
  }
  const sought = filter.text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  return (head) =>
    (filter.types.length === 0 || filter.types.includes(head.type)) &&
    (filter.standings.length === 0 || filter.standings.includes(standingOf(head, now()))) &&
    sought.every((word) => textOf(head, names).includes(word));
}

/** In a few words, for the head of the view. */
export function describeFilter({ text, standings, types }: SessionFilter, names: Names): string {
  const parts = [
    text.trim() === "" ? [] : [`“${text.trim()}”`],
    standings.map((standing) => STANDINGS[standing].toLowerCase()),
    types.map((type) => names.types.get(type) ?? type),
  ];
  return parts.filter((part) => part.length > 0).map((part) => part.join(" or ")).join(", ");
}

/** As it was kept; of what is not understood nothing is taken. */
export function filterFrom(kept: unknown): SessionFilter {
  if (typeof kept !== "object" || kept === null) {
    return NO_FILTER;
  }
  const { text, standings, types } = kept as Record<string, unknown>;
  return {
    text: typeof text === "string" ? text.slice(0, MAX_TEXT) : "",
    standings: wordsOf(standings).filter((word): word is Standing => Object.hasOwn(STANDINGS, word)),
    types: wordsOf(types),
  };
}

function wordsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

function textOf(head: SessionHead, names: Names): string {
  const component = head.componentId === null ? "" : (names.components.get(head.componentId) ?? "");
  return [titleOf(head, names), head.type, titleOfType(head, names), component, `#${head.id}`].join(" ").toLowerCase();
}
