import assert from "node:assert/strict";
import { test } from "vitest";
import type { Block } from "../../../webview/messages";
import { code, difference, ESSENTIAL, markdown, terminal, WHOLE } from "../../../src/views/blocks";

const lines = (block: Block): string => (block.kind === "diff" ? block.lines.map(({ sign, text }) => `${sign}${text}`).join("\n") : block.text);

test("what is short is whole", () => {
  for (const block of [markdown("a\nb", ESSENTIAL), code("a\nb", ESSENTIAL), terminal("a\nb", ESSENTIAL)]) {
    assert.deepEqual([lines(block), block.isCut], ["a\nb", false]);
  }
});

test("of a long text the beginning is there, of what a program prints more of the end", () => {
  const text = Array.from({ length: 100 }, (_, line) => `line ${line}`).join("\n");
  const beginning = code(text, ESSENTIAL);
  assert.ok(beginning.isCut && lines(beginning).startsWith("line 0\n") && lines(beginning).endsWith("line 39"));
  const both = terminal(text, ESSENTIAL);
  assert.ok(both.isCut && lines(both).startsWith("line 0\n") && lines(both).endsWith("line 99") && lines(both).includes("⋯"));
  const wide = terminal("x".repeat(1_000_000), ESSENTIAL);
  assert.ok(wide.isCut && lines(wide).length <= ESSENTIAL.characters + 10);
  assert.equal(lines(terminal(text, WHOLE)), text);
});

test("a change shows what is around it, and where something is left out", () => {
  const before = Array.from({ length: 30 }, (_, line) => `line ${line}`).join("\n");
  const block = difference(before, before.replace("line 3\n", "LINE 3\n").replace("line 25\n", "LINE 25\n"), ESSENTIAL);
  assert.deepEqual(lines(block).split("\n").slice(0, 9), [" line 0", " line 1", " line 2", "-line 3", "+LINE 3", " line 4", " line 5", " line 6", "@"]);
  assert.equal(block.isCut, false);
});

test("texts without a common line, without an end of line, and very long ones are told, too", () => {
  assert.equal(lines(difference("a", "b", ESSENTIAL)), "-a\n+b");
  assert.equal(lines(difference("a\n", "", ESSENTIAL)), "-a");
  assert.equal(lines(difference("", "", ESSENTIAL)), "");
  const began = performance.now();
  const random = (seed: number): string => Array.from({ length: 20_000 }, (_, line) => String((line * seed) % 7_919)).join("\n");
  const block = difference(random(31), random(37), ESSENTIAL);
  assert.ok(block.isCut && performance.now() - began < 1_000);
});
