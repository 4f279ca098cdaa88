import assert from "node:assert/strict";
import { test } from "vitest";
import { plainLine } from "../../../src/sessions/plain_text";
import { problemOfTitle } from "../../../src/sessions/title";
import { shortTitleOf, titleOf } from "../../../src/sessions/words";
import { makeHead } from "../factories";

const names = { types: new Map<string, string>(), components: new Map<number, string>() };

test("line breaks and escapes become blanks, marks of direction go, letters of every language stay", () => {
  assert.equal(plainLine("one\r\ntwo\u001b[31m\u0007\u2028three "), "one two [31m three");
  assert.equal(plainLine("user\u202egpj.exe \u2066x\u2069"), "usergpj.exe x");
  assert.equal(plainLine("größe 文書 עברית 👩‍💻"), "größe 文書 עברית 👩‍💻");
});

test("a title of nothing that can be seen is none", () => {
  const head = makeHead({ id: 4, title: "\u202e\n", componentId: null });
  assert.equal(titleOf(head, names), "component_test");
  assert.deepEqual(shortTitleOf(head, names), { name: "component_test", kind: "#4" });
  assert.equal(titleOf({ ...head, title: "a\nb" }, names), "a b");
});

test("a title is one plain line of at most 200 characters", () => {
  assert.equal(problemOfTitle(""), null);
  assert.equal(problemOfTitle("👩".repeat(200)), null);
  assert.match(problemOfTitle("x".repeat(201)) ?? "", /at most 200 characters; these are 201/);
  assert.match(problemOfTitle("a\tb") ?? "", /control characters/);
  assert.match(problemOfTitle("a\u202eb") ?? "", /direction/);
});
