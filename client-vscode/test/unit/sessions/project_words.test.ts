import assert from "node:assert/strict";
import { test } from "vitest";
import { foundOf } from "../../../src/sessions/project_words";

test("what was found of a project is said", () => {
  const folders = { code: "src", tests: "tests", design: "docs/design" };
  assert.equal(foundOf({ test_command: [".venv/bin/python", "-m", "pytest"], folders }), "Its tests are run by .venv/bin/python -m pytest. Code is in src, tests are in tests.");
  assert.equal(foundOf({ test_command: "make test", folders: { ...folders, code: "." } }), 'Its tests are run by "make test". Tests are in tests.');
});

test("what was not found is said, too", () => {
  assert.equal(foundOf({}), "How its tests are run was not found: say it as test_command.");
  assert.equal(foundOf({ test_command: [], folders: null }), "How its tests are run was not found: say it as test_command.");
});
