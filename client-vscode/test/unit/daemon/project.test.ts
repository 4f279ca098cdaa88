import assert from "node:assert/strict";
import { test } from "vitest";
import { type OpenedProject, onlyProject, projectOfFile } from "../../../src/daemon/project";

function project(id: number, root: string): OpenedProject {
  return { id, name: root, root, components: [] };
}

test("a scope is bound to a project only when there is exactly one", () => {
  const one = project(1, "/one");
  assert.equal(onlyProject([]), null);
  assert.equal(onlyProject([one]), one);
  assert.equal(onlyProject([one, project(2, "/two")]), null);
});

test("a file belongs to the innermost project around it", () => {
  const outer = project(1, "/srv/outer");
  const inner = project(2, "/srv/outer/inner ä");
  const beside = project(3, "/srv/outer/inn");
  const all = [outer, inner, beside];
  assert.equal(projectOfFile(all, "/srv/outer/inner ä/a b.py"), inner);
  assert.equal(projectOfFile(all, "/srv/outer/..hidden/file"), outer);
  assert.equal(projectOfFile(all, "/srv/elsewhere.py"), null);
  assert.equal(projectOfFile([], "/srv/outer/a.py"), null);
});
