import assert from "node:assert/strict";
import { test } from "vitest";
import { sentenceOfEnd, sessionOfTerminal, terminalNameOf } from "../../../src/sessions/terminal_words";
import { makeHead } from "../factories";

const names = { types: new Map([["component_test", "Component tests"]]), components: new Map([[3, "Calculator"]]) };

test("a terminal is known by its name", () => {
  const name = terminalNameOf(makeHead({ id: 12 }), names);
  assert.equal(name, "Treadle: Component tests · Calculator #12");
  assert.equal(sessionOfTerminal(name), 12);
  assert.equal(sessionOfTerminal(terminalNameOf(makeHead({ id: 4, title: "Mend\n#7 first" }), names)), 4);
});

test("another terminal is no session's", () => {
  for (const name of ["", "bash", "Treadle: a task", "Treadle: a task #x", "My Treadle: a task #3"]) {
    assert.equal(sessionOfTerminal(name), null, name);
  }
});

test("only what went wrong is told", () => {
  for (const code of [0, 8, 130]) {
    assert.equal(sentenceOfEnd(4, code), null);
  }
  assert.equal(sentenceOfEnd(4, 5), "Session 4 does not go on in its terminal: Claude Code was not found, or is not logged in.");
  assert.equal(sentenceOfEnd(4, 77), "The terminal of session 4 ended with exit code 77; the session waits where it was.");
  assert.match(sentenceOfEnd(4, undefined) ?? "", /exit code unknown/);
});
