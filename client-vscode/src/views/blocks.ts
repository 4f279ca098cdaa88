import { structuredPatch } from "diff";
import type { Block, DiffLine } from "../../webview/messages";

/** How much of a text a row holds; its document has all of it. */
export interface Extent {
  readonly characters: number;
  readonly lines: number;
}

export const ESSENTIAL: Extent = { characters: 6_000, lines: 40 };
export const WHOLE: Extent = { characters: Infinity, lines: Infinity };
/** Of what is folded more may be there. */
const FOLDED_TIMES = 3;
/** Comparing two long texts that have nothing in common takes time. */
const COMPARING = { maxEditLength: 1_000, timeout: 40 };
const MAX_COMPARED = 200_000;
const CONTEXT_LINES = 3;

export function folded({ characters, lines }: Extent): Extent {
  return { characters: characters * FOLDED_TIMES, lines: lines * FOLDED_TIMES };
}

export function markdown(text: string, extent: Extent, label: string | null = null): Block {
  return { kind: "markdown", label, ...beginning(text, extent) };
}

export function code(text: string, extent: Extent, label: string | null = null): Block {
  return { kind: "code", label, ...beginning(text, extent) };
}

/** Of what a program prints the end matters most. */
export function terminal(text: string, extent: Extent, label: string | null = null): Block {
  const lines = text.split("\n");
  const isCut = text.length > extent.characters || lines.length > extent.lines;
  if (!isCut) {
    return { kind: "terminal", label, text, isCut };
  }
  const head = lines.slice(0, Math.floor(extent.lines / 4)).join("\n").slice(0, Math.floor(extent.characters / 4));
  const tail = lines.slice(Math.max(lines.length - Math.floor((extent.lines * 3) / 4), 0)).join("\n").slice(-Math.floor((extent.characters * 3) / 4));
  return { kind: "terminal", label, text: `${head}\n⋯\n${tail}`, isCut };
}

/** What an edit takes out and puts in. */
export function difference(before: string, after: string, extent: Extent, label: string | null = null): Block {
  return diff(linesOf(before, after), extent, label);
}

function diff(lines: readonly DiffLine[], extent: Extent, label: string | null): Block {
  const kept: DiffLine[] = [];
  let left = extent.characters;
  for (const { sign, text } of lines.slice(0, extent.lines)) {
    if (left <= 0) {
      break;
    }
    kept.push({ sign, text: text.slice(0, left) });
    left -= text.length + 1;
  }
  return { kind: "diff", label, lines: kept, isCut: kept.length < lines.length || left < -1 };
}

function linesOf(before: string, after: string): DiffLine[] {
  if (before !== "" && before.length + after.length <= MAX_COMPARED) {
    const patch = structuredPatch("", "", before, after, undefined, undefined, { context: CONTEXT_LINES, ...COMPARING });
    if (patch !== undefined) {
      return patch.hunks.flatMap(({ lines }, place) => [...(place === 0 ? [] : [{ sign: "@" as const, text: "" }]), ...lines.flatMap(lineOf)]);
    }
  }
  return [...signed("-", before), ...signed("+", after)];
}

function lineOf(line: string): DiffLine[] {
  const [sign = ""] = line;
  return sign === "+" || sign === "-" || sign === " " ? [{ sign, text: line.slice(1) }] : [];
}

function signed(sign: "+" | "-", text: string): DiffLine[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n").map((line) => ({ sign, text: line }));
}

function beginning(text: string, { characters, lines }: Extent): { text: string; isCut: boolean } {
  const found = text.split("\n", Number.isFinite(lines) ? lines + 1 : undefined);
  const some = found.length > lines ? found.slice(0, lines).join("\n") : text;
  return { text: some.slice(0, characters), isCut: some.length < text.length || some.length > characters };
}
