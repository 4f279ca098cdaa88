import type { Block, Row } from "../../webview/messages";

/** Whether a person sees the text in the row. `sought`: in lower case. */
export function isIn(row: Row | null, sought: string): boolean {
  return row !== null && textsOf(row).some((text) => text.toLowerCase().includes(sought));
}

function textsOf({ title, text, agent, file, shown, folded, facts, children }: Row): string[] {
  const blocks = [...shown, ...folded].flatMap((block) => (block.kind === "diff" ? block.lines.map((line) => line.text) : [block.text]));
  const told = [...facts.map(({ value }) => value), ...children.map((child) => child.title)];
  return [title, text ?? "", agent ?? "", file?.path ?? "", ...blocks, ...told];
}

const BEGINNING = 200;

/** With texts in the place of those parts of them that the row holds, which begin alike; else behind them, by name. */
export function withWhole(row: Row, texts: readonly (readonly [name: string, text: string])[]): Row {
  const left = new Map(texts);
  const filled = (blocks: readonly Block[]): Block[] =>
    blocks.map((block) => {
      const found = block.kind === "diff" ? undefined : [...left].find(([, text]) => text.startsWith(block.text.slice(0, BEGINNING)));
      if (block.kind === "diff" || found === undefined) {
        return block;
      }
      left.delete(found[0]);
      return { ...block, text: found[1] };
    });
  const [shown, folded] = [filled(row.shown), filled(row.folded)];
  const behind = [...left].map(([label, text]): Block => ({ kind: "terminal", label, text, isCut: false }));
  return { ...row, shown, folded: [...folded, ...behind] };
}
