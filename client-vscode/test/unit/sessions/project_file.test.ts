import assert from "node:assert/strict";
import { test } from "vitest";
import { parse } from "yaml";
import { RefusedError } from "../../../src/daemon/errors";
import { componentsIn, insertionOf, type NewComponent } from "../../../src/sessions/project_file";

const CART: NewComponent = { name: "Cart", kind: "module", parent: "Shop", paths: { design: "docs/design/cart.md", code: "src/cart.py" } };
const FILES: Readonly<Record<string, string>> = {
  "what init writes": "name: shop\n\n# Where things belong.\n# folders: {code: src}\n\ncomponents: []\n# Paths are relative.\n#   - name: Calculator\n",
  "a list in lines": "components:\n  - name: Shop # the context\n    kind: context\n\n# The end.\n",
  "a list that is not indented": "components:\n- name: Shop\n  paths: {design: a.md}\ntest_command: [make, test]\n",
  "a list that is far indented": "components:\n      - name:   Shop\n        # why\n        kind: context\nname: x\n",
  "items on a line of their own": "components:\n  -\n    name: Shop\n",
  "a list in brackets": "components: [{name: Shop}, {name: Other}]   # short\nname: x\n",
  "brackets over lines": "components: [\n  {name: Shop},\n]\n",
  "all entries commented out": "name: x\ncomponents:\n#  - name: Shop\nfolders: {code: src}\n",
  "components: null": "components: null\nname: x\n",
  "no components": "name: shop   # aligned\nfolders:   {code: src}",
  "nothing": "",
  "comments only": "# Nothing yet.\n",
  "a text over lines at the end": "components:\n  - name: Shop\n    paths:\n      design: >-\n        docs/a.md\n\n\nname: x\n",
  "line ends of another system": "name: x\r\ncomponents:\r\n  - name: Shop\r\n    kind: context\r\n",
  "a byte order mark": "\ufeffcomponents:\n  - name: Shop\n",
  "a document's start": "---\nname: x\n",
  "a document's start alone": "---\n",
  "a comment behind an empty list": "components: []   # none yet\n",
  "a comment behind nothing": "components:   # none yet\nname: x\n",
};

function withComponent(text: string, component: NewComponent): string {
  const { start, end, text: added } = insertionOf(text, component);
  return text.slice(0, start) + added + text.slice(end);
}

for (const [what, text] of Object.entries(FILES)) {
  test(`a component is added to a file with ${what}, and nothing else changes`, () => {
    const { start, end, text: added, entry } = insertionOf(text, CART);
    const after = withComponent(text, CART);
    const before = (parse(text) ?? {}) as { components?: unknown[] };
    assert.deepEqual(parse(after), { ...before, components: [...(before.components ?? []), CART] });
    assert.match(text.slice(start, end).trim(), /^(\[\]|null)?$/);
    assert.equal(text.includes("\r\n"), added.includes("\r\n"));
    assert.equal(/[^\r]\n/.test(after), !text.includes("\r\n"));
    assert.match(after.slice(entry), /^ *- name: Cart|^\{ name: Cart/);
    for (const comment of text.match(/#.*/g) ?? []) {
      assert.ok(after.includes(comment), comment);
    }
  });
}

test("one after the other is added", () => {
  const names = ["A", "B", "C"];
  const text = names.reduce((file, name) => withComponent(file, { name, kind: "module", parent: null, paths: {} }), "components: []\n");
  assert.deepEqual(componentsIn(text).map(({ name }) => name), names);
});

test("any name is written so that it is read again", () => {
  for (const name of ["yes", "on", "12:30", "1_000", "null", "~", "a: b", "# x", "- y", "„Größe“ 🧵", "{{x}}", "'", '"', "*a", "&b", "!c", "%d", "@e", "`f"]) {
    const text = withComponent("components: []\n", { ...CART, name });
    assert.equal(componentsIn(text)[0]?.name, name);
    // A reader of YAML 1.1 has more words that are no texts.
    assert.equal((parse(text, { version: "1.1" }) as { components: { name: unknown }[] }).components[0]?.name, name);
  }
});

test("what is not said gets no line", () => {
  assert.equal(withComponent("components: []\n", { name: "A", kind: "module", parent: null, paths: {} }), "components:\n  - name: A\n    kind: module\n");
});

test("components are read with what they leave out", () => {
  assert.deepEqual(componentsIn("components:\n  - name: A\n  - {name: B, kind: schema, parent: A, paths: {code: b.py}}\n  - 3\n"), [
    { name: "A", kind: "module", parent: null, paths: {} },
    { name: "B", kind: "schema", parent: "A", paths: { code: "b.py" } },
  ]);
});

for (const [what, text, line] of [
  ["broken YAML", "name: x\ncomponents: [\n", 3],
  ["a key twice", "name: x\nname: y\n", 2],
  ["a list instead of a mapping", "\n- a\n", 2],
  ["components that are no list", "name: x\ncomponents:\n  Shop: {kind: context}\n", 3],
  ["a word instead of a mapping", "~\n", 1],
  ["two documents", "name: x\n---\nname: y\n", 2],
] as const) {
  test(`${what} is refused with the line`, () => {
    assert.throws(() => insertionOf(text, CART), (error) => {
      assert.ok(error instanceof RefusedError);
      assert.equal(error.code, "project_invalid");
      assert.match(error.message, /^\.treadle\/project\.yaml is not valid in line \d+: [^\n]*[^.]\.$/);
      assert.equal(error.details.line, line);
      return true;
    });
  });
}

test("a file in braces is not guessed at", () => {
  assert.throws(() => insertionOf("{name: x}\n", CART), /write the file in lines/);
});
