import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { RefusedError } from "../../src/daemon/errors";
import { type Program, runProgram } from "../../src/daemon/program";
import { openProject } from "../../src/daemon/project";
import { pathsOf } from "../../src/sessions/component_layout";
import { problemOfNewName, problemOfPath } from "../../src/sessions/component_rules";
import { insertionOf, type NewComponent, PROJECT_FILE } from "../../src/sessions/project_file";
import { foundOf } from "../../src/sessions/project_words";
import { scratchFolder } from "../unit/scratch";
import { PROGRAM, RealDaemon } from "./real_daemon";

const NAMES = ["Cart", "yes", "12:30", "# x", "„Größe“ 🧵", "{{x}}", "a: b", "null", "0o17", "*a"];

const daemon = new RealDaemon();
beforeAll(() => daemon.start());
afterAll(() => daemon.end());

function program(): Program {
  return { argv: [PROGRAM], env: { ...process.env, TREADLE_DATA_DIR: daemon.dataDir } };
}

function newRepository(name: string): { root: string; file: string } {
  const root = path.join(scratchFolder(), name);
  mkdirSync(path.join(root, "src"), { recursive: true });
  writeFileSync(path.join(root, "pyproject.toml"), '[project]\nname = "shop"\ndependencies = ["pytest"]\n');
  execFileSync("git", ["init", "--quiet", root]);
  return { root, file: path.join(root, ...PROJECT_FILE) };
}

function add(file: string, component: NewComponent): void {
  const text = readFileSync(file, "utf8");
  const { start, end, text: added } = insertionOf(text, component);
  writeFileSync(file, text.slice(0, start) + added + text.slice(end));
}

async function refusal(answer: Promise<unknown>): Promise<RefusedError> {
  const error: unknown = await answer.then(
    () => assert.fail("it was not refused"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof RefusedError, String(error));
  return error;
}

test("a project is set up where the path has spaces, and the daemon takes each component that is added", async () => {
  const { root, file } = newRepository("mein Laden ü");
  await runProgram(program(), ["init", "--project", root]);
  const { id, name } = await openProject(program(), root);
  assert.equal(name, "mein Laden ü");
  using client = await daemon.client();
  const { project } = await client.ask("project/get", { projectId: id });
  assert.match(foundOf(project.settings), /Code is in src, tests are in tests\.$/);

  const shop = { name: "Shop", kind: "context", parent: null };
  const context = { name: shop.name, paths: pathsOf({ ...shop, context: null }, project.settings) };
  add(file, { ...shop, paths: context.paths });
  const parts = NAMES.map((part) => ({ name: part, kind: "module", parent: shop.name, paths: pathsOf({ name: part, kind: "module", context }, project.settings) }));
  for (const part of parts) {
    assert.equal(problemOfNewName(part.name, new Set([shop.name])), null);
    Object.values(part.paths).forEach((place) => assert.equal(problemOfPath(place), null, place));
    add(file, part);
  }
  const { components } = await openProject(program(), root);
  assert.deepEqual(components.map((each) => each.name).toSorted(), [shop.name, ...NAMES].toSorted());
  const { data } = await client.ask("component/list", { projectId: id });
  const parent = data.find((each) => each.name === shop.name);
  for (const { name: part, kind, paths } of parts) {
    const found = data.find((each) => each.name === part);
    assert.deepEqual([found?.kind, found?.parentComponentId, found?.paths], [kind, parent?.id, paths]);
  }
});

test("what the form refuses the daemon refuses, too", async () => {
  const { root, file } = newRepository("shop");
  const good = { name: "A", kind: "module", parent: null };
  for (const component of [
    { ...good, name: " ", paths: {} },
    { ...good, name: "a\u0007", paths: {} },
    { ...good, name: "x".repeat(201), paths: {} },
    { ...good, paths: { code: "../x.py" } },
    { ...good, paths: { code: "/x.py" } },
    { ...good, paths: { code: "a/.git/x" } },
    { ...good, paths: { code: "-x" } },
  ]) {
    const problem = problemOfNewName(component.name, new Set()) ?? problemOfPath(Object.values(component.paths)[0] ?? "");
    assert.notEqual(problem, null, JSON.stringify(component));
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, "components: []\n");
    add(file, component);
    const { code, details } = await refusal(openProject(program(), root));
    assert.deepEqual([code, details.path], ["project_invalid", file]);
  }
});

test("a project file that is wrong is named with its place, also from a folder below", async () => {
  const { root, file } = newRepository("shop");
  mkdirSync(path.dirname(file));
  writeFileSync(file, "name: shop\ncomponents:\n  - {name: A}\n  - {name: A}\n");
  const { message, code, details } = await refusal(openProject(program(), path.join(root, "src")));
  assert.match(message, /A comes twice/);
  assert.deepEqual([code, details], ["project_invalid", { path: file, line: 4 }]);
});

test("what is set up already stays as it is, unless it is to be written anew", async () => {
  const { root, file } = newRepository("shop");
  mkdirSync(path.dirname(file));
  writeFileSync(file, "name: mine\n");
  assert.match((await refusal(runProgram(program(), ["init", "--project", root]))).message, /is there already/);
  assert.equal(readFileSync(file, "utf8"), "name: mine\n");
  await runProgram(program(), ["init", "--force", "--project", root]);
  assert.equal(readFileSync(`${file}.old`, "utf8"), "name: mine\n");
});

test("a folder that is in no repository is refused with what to do", async () => {
  const { message } = await refusal(runProgram(program(), ["init", "--project", scratchFolder()]));
  assert.match(message, /git init/);
});
