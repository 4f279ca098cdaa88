import { html, type TemplateResult } from "lit";
import type { RowIcon, Tone } from "./messages";

type Icon = RowIcon | Tone | "todo" | "open" | "closed" | "copy" | "rename" | "next" | "previous" | "down" | "find" | "narrow" | "file" | "diff" | "more";

/** Names of codicons. */
const NAMES: Readonly<Record<Icon, string>> = {
  ok: "check",
  warning: "warning",
  error: "error",
  running: "loading",
  waiting: "bell-dot",
  muted: "circle-slash",
  todo: "circle-large-outline",
  agent: "sparkle",
  person: "account",
  tool: "tools",
  file: "file",
  terminal: "terminal",
  hook: "link",
  state: "arrow-small-right",
  edit: "edit",
  read: "book",
  search: "search",
  web: "globe",
  ask: "question",
  result: "output",
  open: "chevron-down",
  closed: "chevron-right",
  copy: "copy",
  rename: "edit",
  next: "arrow-down",
  previous: "arrow-up",
  down: "fold-down",
  find: "search",
  narrow: "filter",
  diff: "diff",
  more: "go-to-file",
};

/** For the eye only: what it means is said beside it. */
export function icon(name: Icon): TemplateResult {
  return html`<span class="codicon codicon-${NAMES[name]} icon ${name === "running" ? "codicon-modifier-spin" : ""}" aria-hidden="true"></span>`;
}
