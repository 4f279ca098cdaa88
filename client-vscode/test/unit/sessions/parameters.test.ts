import assert from "node:assert/strict";
import { test } from "vitest";
import type { JsonValue } from "../../../src/protocol";
import { type Parameter, parametersOf, problemOfValue, textOf, valueOf } from "../../../src/sessions/parameters";
import { makeType } from "../factories";

function parameter(values: Partial<Parameter> = {}): Parameter {
  const none = { about: null, isRequired: false, fallback: undefined, choices: [], minimum: null, maximum: null, isNullable: false };
  return { name: "tries", kind: "text", ...none, ...values };
}

test("a workflow's parameters are those of its schema, in the file's order, the required ones first", () => {
  const optionsSchema: Record<string, JsonValue> = {
    properties: {
      model: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
      max_turns: { type: "integer" },
      tries: { type: "integer", default: 3, minimum: 1, maximum: 9 },
      test: { type: "string", description: "Which test." },
      level: { enum: ["minor", "major"], type: "string", default: "minor" },
      only: { const: "this", type: "string" },
      dry: { type: "boolean", default: false },
      files: { type: "array", items: { type: "string" }, default: [] },
      share: { type: "number" },
    },
    required: ["test", "share"],
  };
  const parameters = parametersOf(makeType({ optionsSchema }));
  assert.deepEqual(
    parameters.map(({ name, kind, isRequired, fallback }) => [name, kind, isRequired, fallback]),
    [
      ["test", "text", true, undefined],
      ["share", "number", true, undefined],
      ["tries", "integer", false, 3],
      ["level", "choice", false, "minor"],
      ["only", "choice", false, undefined],
      ["dry", "boolean", false, false],
      ["files", "list", false, []],
    ],
  );
  assert.equal(parameters[0]?.about, "Which test.");
  assert.deepEqual([parameters[2]?.minimum, parameters[2]?.maximum], [1, 9]);
  assert.deepEqual(parameters[3]?.choices, ["minor", "major"]);
});

test("a schema that a reader does not expect harms nothing", () => {
  for (const optionsSchema of [{}, { properties: [] }, { properties: { a: 3, b: { type: ["string"] }, c: { enum: [1, null] } }, required: "a" }]) {
    assert.ok(parametersOf(makeType({ optionsSchema })).every(({ kind, isRequired }) => kind === "text" && !isRequired));
  }
});

const problems: [string, Partial<Parameter>, string | null][] = [
  ["", {}, null],
  [" ", { isRequired: true }, "tries needs a value."],
  ["x", { isRequired: true }, null],
  ["", { kind: "integer" }, "tries needs a value."],
  ["3.5", { kind: "integer" }, "tries is a whole number."],
  ["1e3", { kind: "integer" }, "tries is a whole number."],
  ["99999999999999999999", { kind: "integer" }, "tries is a whole number."],
  [" -3 ", { kind: "integer" }, null],
  ["0", { kind: "integer", minimum: 1 }, "tries is at least 1."],
  ["10", { kind: "integer", maximum: 9 }, "tries is at most 9."],
  ["much", { kind: "number" }, "tries is a number."],
  ...["0x10", "0b1", "Infinity", "1e999", "."].map((typed): [string, Partial<Parameter>, string] => [typed, { kind: "number" }, "tries is a number."]),
  ...["1.", ".5", "-1.5e-3", "+2"].map((typed): [string, Partial<Parameter>, null] => [typed, { kind: "number" }, null]),
  ["0.5", { kind: "number", minimum: 0.5 }, null],
  ["", { kind: "list" }, null],
  ["", { kind: "list", isRequired: true }, "tries needs a value."],
  ["[1]", { kind: "list" }, "This is not a list of texts as JSON has it."],
  ['["a"]', { kind: "list" }, null],
  [" ", { kind: "integer", isNullable: true, fallback: null }, null],
  ["0", { kind: "integer", isNullable: true, fallback: null, minimum: 1 }, "tries is at least 1."],
];

for (const [text, values, problem] of problems) {
  test(`${JSON.stringify(text)} as ${values.kind ?? "text"}: ${problem ?? "fine"}`, () => {
    assert.equal(problemOfValue(text, parameter(values)), problem);
  });
}

test("what is typed becomes a value of the parameter's type", () => {
  assert.equal(valueOf(" 7 ", parameter({ kind: "integer" })), 7);
  assert.equal(valueOf("0.25", parameter({ kind: "number" })), 0.25);
  assert.equal(valueOf("true", parameter({ kind: "boolean" })), true);
  assert.equal(valueOf("false", parameter({ kind: "boolean" })), false);
  assert.equal(valueOf(" as it is ", parameter()), " as it is ");
  assert.deepEqual(valueOf("a.py, b.py\nc.py,,", parameter({ kind: "list" })), ["a.py", "b.py", "c.py"]);
});

test("one that has no value by its default is left so by an empty box", () => {
  for (const kind of ["text", "integer", "number", "boolean", "choice", "list"] as const) {
    const nullable = parameter({ kind, isNullable: true, fallback: null });
    assert.equal(valueOf(textOf(null), nullable), null, kind);
  }
  assert.equal(valueOf("", parameter()), "");
});

test("a list stands in the box so that it is read back as it was", () => {
  for (const list of [[], ["a"], ["a", "b c"], ["a, b", "c"], [" a"], ["[x]"], ["two\nlines"], [""]]) {
    assert.deepEqual(valueOf(textOf(list), parameter({ kind: "list" })), list, textOf(list));
  }
  assert.deepEqual([textOf(undefined), textOf(null), textOf(3), textOf(false), textOf("x")], ["", "", "3", "false", "x"]);
});
