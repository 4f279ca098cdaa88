import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "vitest";
import { shellWords } from "../../../src/executors/shell_words";

const SHELLS = ["/bin/sh", "/bin/bash", "/bin/zsh", "/usr/bin/zsh", "/usr/bin/fish"].filter((shell) => existsSync(shell));
const HARD = ["printf", "<%s>", "a b", "ü 😀", "$HOME `id` $(id)", "*", "~", "=x", "!!", '"', "", ";", "--project", "/tmp/a b/日本"];

test("plain words are left as they are", () => {
  const argv = ["/usr/bin/treadle", "run", "--session", "4", "--project", "/home/me/calculator"] as const;
  assert.deepEqual(shellWords([...argv], "bash"), argv);
});

for (const shell of SHELLS) {
  test(`${shell} reads every word as it was given`, () => {
    const [program, ...rest] = HARD;
    const typed = shellWords([program ?? "", ...rest], "bash");
    assert.ok(typed !== null);
    const said = execFileSync(shell, ["-c", typed.join(" ")], { encoding: "utf8" });
    assert.equal(said, HARD.slice(2).map((word) => `<${word}>`).join(""));
  });
}

test("the editor adds no quotes of its own: a word with a blank has some", () => {
  const typed = shellWords(["treadle", "/a b"], "bash") ?? [];
  assert.ok(typed.every((word) => !/\s/.test(word) || /["'`]/.test(word)));
});

test("what shells do not read alike is not typed", () => {
  for (const word of ["it's", "back\\slash", "two\nlines", "\u0003"]) {
    assert.equal(shellWords(["treadle", word], "bash"), null, word);
  }
});

test("in PowerShell a quoted program would be a text", () => {
  assert.equal(shellWords(["/a b/treadle", "run"], "pwsh"), null);
  assert.deepEqual(shellWords(["treadle", "/a b"], "pwsh"), ["treadle", "'/a b'"]);
});
