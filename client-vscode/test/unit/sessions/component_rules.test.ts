import assert from "node:assert/strict";
import { test } from "vitest";
import { problemOfName, problemOfNewName, problemOfPath } from "../../../src/sessions/component_rules";

test("names that a component may have", () => {
  for (const name of ["Cart", "Shop.LineItem", "Größe 🧵", "x".repeat(200), "a: b"]) {
    assert.equal(problemOfName(name), null, name);
  }
});

test("names that it may not have, and why", () => {
  for (const [name, why] of [["", /a name/], [" \t", /a name/], ["a\nb", /control/], ["a\u0007", /control/], ["🧵".repeat(201), /200/]] as const) {
    assert.match(problemOfName(name) ?? "", why, name);
  }
});

test("a name is there only once, whatever space is around it", () => {
  assert.match(problemOfNewName(" Cart ", new Set(["Cart"])) ?? "", /already a component Cart/);
  assert.equal(problemOfNewName("cart", new Set(["Cart"])), null);
});

test("paths stay in the project", () => {
  for (const path of ["src/cart.py", "docs/ein Entwurf ü.md", "a", ".hidden/x"]) {
    assert.equal(problemOfPath(path), null, path);
  }
  for (const path of ["", " ", "/etc/passwd", "../x", "a/../../x", "a\\..\\x", "C:\\x", "-x", ".git/hooks/x", "a/.git/b", "a\nb", "x".repeat(1001)]) {
    assert.notEqual(problemOfPath(path), null, path);
  }
});
