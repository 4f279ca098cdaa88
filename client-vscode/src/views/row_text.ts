import type { Row } from "../../webview/messages";

/** Whether a person sees the text in the row. `sought`: in lower case. */
export function isIn(row: Row | null, sought: string): boolean {
  return row !== null && textsOf(row).some((text) => text.toLowerCase().includes(sought));
}

function textsOf({ title, text, agent, file, shown, folded, facts, children }: Row): string[] {
  const blocks = [...shown, ...folded].flatMap((block) => (block.kind === "diff" ? block.lines.map((line) => line.text) : [block.text]));
  const told = [...facts.map(({ value }) => value), ...children.map((child) => child.title)];
  return [title, text ?? "", agent ?? "", file?.path ?? "", ...blocks, ...told];
}
