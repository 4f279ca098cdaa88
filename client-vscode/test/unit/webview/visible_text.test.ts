import assert from "node:assert/strict";
import { test } from "vitest";
import { visible } from "../../../webview/visible_text";

test("what turns a text round, or hides in it, is seen", () => {
  assert.equal(visible("rm \u202egpj.exe\u2066 \u200bx\ufeff \u200f"), "rm ␣gpj.exe␣ ␣x␣ ␣");
});

test("letters of every script, and signs that are made of several, stay as they are", () => {
  for (const text of ["مرحبا", "שלום", "你好", "नमस्ते", "👩‍💻", "می‌خواهم", "e\u0301"]) {
    assert.equal(visible(text), text);
  }
});
