import assert from "node:assert/strict";
import { test } from "vitest";
import {
  descriptionOption,
  inOrderOfEase,
  problemOfDescription,
  titleOfDescription,
} from "../../../src/sessions/description_option";
import { makeType } from "../factories";

const text = { type: "string", description: "What is to be done.", maxLength: 20 };
const asks = { properties: { description: text }, required: ["description"] };
const option = { about: null, maxLength: 20 };

test("a type asks for a description by its schema, whatever it is called", () => {
  assert.deepEqual(descriptionOption(makeType({ id: "mine", optionsSchema: asks })), { about: text.description, maxLength: 20 });
  const bare = { properties: { description: { type: "string" } }, required: ["description"] };
  assert.deepEqual(descriptionOption(makeType({ optionsSchema: bare })), { about: null, maxLength: null });
});

test("a type that does not need one, or not a text, does not ask", () => {
  const schemas = [
    {},
    { description: "How the agent of a session works.", properties: { model: { type: "string" } }, required: ["model"] },
    { properties: { description: text } },
    { properties: { description: { type: "object" } }, required: ["description"] },
    { properties: ["description"], required: "description" },
  ];
  for (const optionsSchema of schemas) {
    assert.equal(descriptionOption(makeType({ optionsSchema })), null, JSON.stringify(optionsSchema));
  }
});

test("a description has words, and not too many characters", () => {
  assert.equal(problemOfDescription("add a flag", option), null);
  assert.equal(problemOfDescription(`  ${"😀".repeat(20)}\n`, option), null);
  assert.match(problemOfDescription(" \t\n", option) ?? "", /in a sentence/);
  assert.match(problemOfDescription("x".repeat(21), option) ?? "", /21 characters, and 20 are the most/);
  assert.equal(problemOfDescription("x".repeat(99_999), { ...option, maxLength: null }), null);
});

test("the title is the first line, cut at a word", () => {
  assert.equal(titleOfDescription("\n add  a --json flag \nto the report command"), "add a --json flag");
  const long = titleOfDescription("word ".repeat(40));
  assert.ok(long.length <= 72);
  assert.match(long, /^(word )+word…$/);
  assert.equal(titleOfDescription("😀".repeat(100)), `${"😀".repeat(71)}…`);
});

test("what needs a sentence only comes first, the others as the daemon has them", () => {
  const types = [
    makeType({ id: "b", needsComponent: true }),
    makeType({ id: "c", needsComponent: true, optionsSchema: asks }),
    makeType({ id: "a", needsComponent: false }),
    makeType({ id: "task", needsComponent: false, optionsSchema: asks }),
  ];
  assert.deepEqual(inOrderOfEase(types).map(({ id }) => id), ["task", "b", "c", "a"]);
});
