import type { Block, Row } from "../../webview/messages";
import type { WholeText } from "../sessions/whole_outputs";

/** Whether a person sees the text in the row. `sought`: in lower case. */
export function isIn(row: Row | null, sought: string): boolean {
  return row !== null && textsOf(row).some((text) => text.toLowerCase().includes(sought));
}

function textsOf({ title, text, agent, file, shown, folded, facts, children }: Row): string[] {
  const blocks = [...shown, ...folded].flatMap((block) => (block.kind === "diff" ? block.lines.map((line) => line.text) : [block.text]));
  const told = [...facts.map(({ value }) => value), ...children.map((child) => child.title)];
  return [title, text ?? "", agent ?? "", file?.path ?? "", ...blocks, ...told];
}

/** With each text in the place of the part of it that the row holds; else behind all, by where it belongs. */
export function withWhole(row: Row, texts: readonly WholeText[]): Row {
  const left = new Set(texts);
  const filled = (block: Block): Block => {
    if (block.kind === "diff") {
      return block;
    }
    let { text } = block;
    for (const whole of left) {
      if (whole.part !== null && text.includes(whole.part)) {
        text = text.replace(whole.part, () => whole.text);
        left.delete(whole);
      }
    }
    return { ...block, text };
  };
  const [shown, folded] = [row.shown.map(filled), row.folded.map(filled)];
  const behind = [...left].map(({ place, text }): Block => ({ kind: "terminal", label: place, text, isCut: false }));
  return { ...row, shown, folded: [...folded, ...behind] };
}
