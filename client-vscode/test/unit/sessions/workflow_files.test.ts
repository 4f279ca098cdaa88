import assert from "node:assert/strict";
import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import { test } from "vitest";
import { characterOf, isWorkflowFile, isWorkflowOf, problemOfWorkflowName } from "../../../src/sessions/workflow_files";
import { scratchFolder } from "../scratch";

test("workflow files are the YAML files directly in the folder", () => {
  const yes = ["/p/.treadle/workflows/a.yaml", "/p/.treadle/workflows/a b.yml", "C:\\p\\.treadle\\workflows\\a.yaml"];
  const no = ["/p/.treadle/project.yaml", "/p/.treadle/workflows/deep/a.yaml", "/p/workflows/a.yaml", "/p/.treadle/workflows/a.json", "/p/x.treadle/workflows/a.yaml"];
  assert.deepEqual(yes.filter((path) => !isWorkflowFile(path)), []);
  assert.deepEqual(no.filter(isWorkflowFile), []);
});

test("a project's workflows are those in its own folder, by a link too, and those that are gone", async () => {
  const folder = scratchFolder();
  const [root, other, link] = ["root", "other", "link"].map((name) => path.join(folder, name)) as [string, string, string];
  for (const each of [root, other]) {
    mkdirSync(path.join(each, ".treadle", "workflows"), { recursive: true });
  }
  symlinkSync(root, link);
  const fileIn = (where: string, name = "gone.yaml"): string => path.join(where, ".treadle", "workflows", name);
  assert.deepEqual(await Promise.all([root, link].map((each) => isWorkflowOf(root, fileIn(each)))), [true, true]);
  const foreign = [fileIn(other), fileIn(root, "a.txt"), path.join(root, ".treadle", "project.yaml"), fileIn(path.join(root, "nested"))];
  assert.deepEqual(await Promise.all(foreign.map((each) => isWorkflowOf(root, each))), [false, false, false, false]);
});

test("a name is what the daemon takes, and new", () => {
  const taken = new Set(["task"]);
  assert.deepEqual(["fix", "a-b_c9", "x".repeat(64)].map((name) => problemOfWorkflowName(name, taken)), [null, null, null]);
  for (const name of ["", "Fix", "9a", "a b", "ä", "../a", "a.b", "x".repeat(65)]) {
    assert.match(problemOfWorkflowName(name, taken) ?? "", /begins with a lower-case letter/, name);
  }
  assert.match(problemOfWorkflowName("task", taken) ?? "", /already .* called task/);
});

test("a column in characters is a place in UTF-16", () => {
  assert.deepEqual([1, 2, 3, 99].map((column) => characterOf("é😀x", column)), [0, 1, 3, 4]);
  assert.equal(characterOf("", 0), 0);
});
