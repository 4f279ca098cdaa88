import assert from "node:assert/strict";
import { test } from "vitest";
import { terminal } from "../../../webview/terminal_view";
import { drawn } from "./drawn";

const E = "\u001b";
const shown = (text: string): string => drawn(terminal(text));

test("colours are the editor's own", () => {
  assert.equal(shown(`${E}[31mred${E}[0m plain`), '<span [{"color":"var(--vscode-terminal-ansiRed)"}]>red</span> plain');
  assert.equal(shown(`${E}[1;92mok${E}[0m`), '<span [{"color":"var(--vscode-terminal-ansiBrightGreen)","font-weight":"bold"}]>ok</span>');
  assert.equal(shown(`${E}[7mr${E}[0m`), '<span [{"color":"var(--vscode-terminal-ansiBlack)","background-color":"var(--vscode-terminal-ansiWhite)"}]>r</span>');
});

test("an exact colour is one, and ends where another begins", () => {
  assert.equal(shown(`${E}[38;2;255;120;0ma${E}[0m${E}[38;5;201mb${E}[0m${E}[31mc`), '<span [{"color":"rgb(255, 120, 0)"}]>a</span><span [{"color":"rgb(255, 0, 255)"}]>b</span><span [{"color":"var(--vscode-terminal-ansiRed)"}]>c</span>');
  assert.equal(shown(`${E}[38;5;240mgrey`), '<span [{"color":"rgb(88, 88, 88)"}]>grey</span>');
});

test("escapes that are no colour leave nothing behind", () => {
  assert.equal(shown(`${E}]0;title\u0007${E}]8;;https://evil.example\u0007link${E}]8;;\u0007${E}[2J${E}[1;1H${E}[?25l${E}P1;2|x${E}\\${E}(B!`), "link!");
  assert.equal(shown(`${E}[999999999999mx`), "x");
  assert.equal(shown("bell\u0007 nul\u0000"), "bell\ufffd nul\ufffd");
});

test("of a progress bar the last state is left", () => {
  assert.equal(shown("10%\r50%\r100%\r\nnext\r\n"), "100%\nnext\n");
});

test("markup is text, and very many colours are none", () => {
  assert.equal(shown("<script>x</script>"), "‹script›x‹/script›");
  assert.equal(shown(`${E}[31ma${E}[32mb`.repeat(3_000)), "ab".repeat(3_000));
});
