import assert from "node:assert/strict";
import { test } from "vitest";
import type { SessionHead, SourceView } from "../../../src/protocol";
import { headerOf, type HeaderNeeds, shortly } from "../../../src/views/session_header";
import { makeAsk, makeClaim, makeHead, makeInteraction, makeResult, makeSource, makeType, MOMENT, NOW } from "../factories";

const names = { types: new Map([["component_test", "Component tests"]]), components: new Map([[3, "Calculator"]]) };
const routes = { ok: null, warning: null, error: null };
const step = (name: string, detour = false, leadsTo: string | null = null) => ({ name, kind: "shell", detour, routes: { ...routes, error: leadsTo }, maxAttempts: 5 });
const NO_FILES = { paths: new Set<string>(), added: 0, removed: 0 };

function header(head: SessionHead, needs: Partial<HeaderNeeds> = {}) {
  return headerOf({ head, interactions: [], type: undefined, names, now: NOW, asks: [], sources: [], files: NO_FILES, ...needs });
}

test("the workflow's line shows how far it came; a detour only when it was taken, beside the step that leads to it", () => {
  const type = makeType({ steps: [step("initialize"), step("run_tests", false, "fix_tests"), step("finalize"), step("fix_tests", true), step("never", true)] });
  const result = makeResult();
  const done = makeInteraction({ id: "a", step: "initialize", completedAt: MOMENT, result });
  const failed = makeInteraction({ id: "b", position: 2, completedAt: MOMENT, result: makeResult({ status: "error", errorMessage: "No." }) });
  const fixed = makeInteraction({ id: "c", position: 3, step: "fix_tests", completedAt: MOMENT, result });
  const running = makeInteraction({ id: "d", position: 4, attempt: 2, claim: makeClaim(9_000) });
  const head = makeHead({ pendingInteraction: running, interactionCount: 4 });
  const { title, status, path, actions } = header(head, { interactions: [done, failed, fixed, running], type });
  assert.deepEqual([title, status], ["Component tests · Calculator", { tone: "running", text: "running" }]);
  assert.deepEqual(
    path.map(({ name, tone, detour }) => [name, tone, detour]),
    [["initialize", "ok", false], ["run_tests", "running", false], ["fix_tests", "ok", true], ["finalize", null, false]],
  );
  assert.deepEqual(path[1]?.rounds, [
    { stepId: "b", tone: "error", label: "run_tests, step 2: error" },
    { stepId: "d", tone: "running", label: "run_tests, step 4, attempt 2: running" },
  ]);
  assert.deepEqual(actions, ["terminal"]);
  assert.deepEqual(header(makeHead(), { type }).actions, ["run", "terminal"]);
});

test("what was wanted is told in the words of whoever began it, else by what such sessions are for", () => {
  const type = makeType({ description: "Writes tests." });
  const task = makeHead({ title: "A flag", options: { description: " Add a --json flag.\n", max_parallel: 2, model: "m".repeat(300), parts: ["a"], none: null } });
  assert.equal(header(task, { type }).asked, "Add a --json flag.");
  const given = header(task).facts.filter(({ label }) => Object.hasOwn(task.options, label));
  assert.deepEqual(given.map(({ label, value }) => [label, value.slice(0, 6), value.length]), [["max_parallel", "2", 1], ["model", "mmmmmm", 200], ["parts", '["a"]', 5]]);
  assert.equal(header(makeHead({ title: "Add it", options: { description: "Add it " } }), { type }).asked, null);
  assert.equal(header(makeHead(), { type }).asked, "Writes tests.");
  assert.equal(header(makeHead({ options: { description: " " } }), { type }).asked, "Writes tests.");
  assert.equal(header(makeHead(), { type: makeType({ description: "" }) }).asked, null);
});

test("a session took no less than its steps, of which a word may come long after or at once", () => {
  const step = makeInteraction({ completedAt: MOMENT, result: makeResult({ durationMs: 100_000 }) });
  assert.equal(header(makeHead({ status: "complete" }), { interactions: [step] }).totals[0]?.value, "1 min 40 s");
  assert.equal(header(makeHead(), { interactions: [makeInteraction()] }).totals[0]?.value, "–");
});

test("the files that were changed are named, the first ones", () => {
  const paths = new Set(Array.from({ length: 9 }, (_, index) => `src/${index}.py`));
  assert.deepEqual(header(makeHead(), { files: { paths, added: 1, removed: 0 } }).files, { canOpen: true, paths: [...paths].slice(0, 6), more: 3 });
  assert.deepEqual(header(makeHead()).files, { canOpen: true, paths: [], more: 0 });
});

test("the line of a session whose type is not there any more is what has run", () => {
  const done = makeInteraction({ completedAt: MOMENT, result: makeResult() });
  assert.deepEqual(header(makeHead(), { interactions: [done] }).path.map(({ name, tone }) => [name, tone]), [["run_tests", "ok"]]);
});

test("what it took is summed up: time, steps, tokens, money, files", () => {
  const end = new Date(Date.parse(MOMENT) + 90_000).toISOString();
  const claim = makeClaim(0);
  const first = makeInteraction({ id: "a", claim, completedAt: MOMENT, result: makeResult({ status: "error", errorMessage: "No." }) });
  const again = makeInteraction({ id: "b", position: 2, attempt: 2, claim, completedAt: end, result: makeResult() });
  const head = makeHead({ status: "complete", interactionCount: 2, costUsd: 0.0421, inputTokens: 1_200, cachedTokens: 30_000, outputTokens: 800 });
  const files = { paths: new Set(["a.py", "b.py"]), added: 12, removed: 3 };
  const { totals, actions, runningSince } = header(head, { interactions: [first, again], files });
  const usage = "$0.0421 · 31,200 tokens in (30,000 cached), 800 out";
  assert.deepEqual(totals, [
    { label: "Elapsed", value: "1 min 30 s", detail: null, action: null },
    { label: "Steps", value: "2", detail: "1 was a repeated attempt", action: null },
    { label: "Tokens", value: "32k", detail: usage, action: null },
    { label: "Cost", value: "$0.0421", detail: usage, action: null },
    { label: "Files", value: "2 (+12 −3)", detail: "Review all changes", action: "review" },
  ]);
  assert.deepEqual([actions, runningSince], [["review"], null]);
  assert.deepEqual(header(makeHead()).totals.map(({ label, value }) => [label, value]), [["Elapsed", "–"], ["Steps", "0"]]);
});

test("large numbers are short", () => {
  assert.deepEqual([0, 999, 1_000, 9_949, 9_950, 999_499, 999_500, 12_345_678].map(shortly), ["0", "999", "1.0k", "9.9k", "10k", "999k", "1.0M", "12.3M"]);
});

test("a session without a component has a page like any other", () => {
  const known = { types: new Map([["task", "Task"]]), components: new Map<number, string>() };
  const head = makeHead({ type: "task", componentId: null });
  assert.equal(header(head, { names: known }).title, "Task");
  assert.equal(header({ ...head, title: "Add a flag" }, { names: known }).title, "Add a flag");
});

test("a step that asks shows what it asks, and the page offers to answer", () => {
  const command = { id: "c", module: "approve", command: "ask", metadata: { question: "Good?", answers: [] }, timestamp: MOMENT };
  const pending = makeInteraction({ step: "approve", command });
  const head = makeHead({ pendingInteraction: pending, interactionCount: 1, openAskCount: 1 });
  const { status, actions, listener } = header(head, { interactions: [pending], asks: [makeAsk({ kind: "question", question: "Good?" })] });
  assert.deepEqual([status, actions, listener], [{ tone: "waiting", text: "asks: Good?" }, ["answer", "terminal"], null]);
});

test("to an agent that works something can be said, also while it asks, and its time goes on", () => {
  const command = { id: "c", module: "work", command: "claude", metadata: { prompt: "Work." }, timestamp: MOMENT };
  const working = makeInteraction({ step: "work", command, claim: makeClaim(9_000) });
  const head = makeHead({ pendingInteraction: working, interactionCount: 1 });
  assert.equal(header(head, { interactions: [working] }).listener, "Claude Code");
  const asking = header({ ...head, openAskCount: 1 }, { interactions: [working], asks: [makeAsk()] });
  assert.deepEqual([asking.listener, asking.status.text, asking.runningSince], ["Claude Code", "asks: Bash: git push", Date.parse(MOMENT)]);
});

test("who works with the agent in a terminal may leave it to the background", () => {
  assert.deepEqual(header(makeHead({ executionMode: "manual" })).actions, ["run", "background"]);
  assert.deepEqual(header(makeHead({ status: "complete" })).actions, []);
});

test("the header of a session in a terminal says which source is silent", () => {
  const factOf = (...sources: SourceView[]): string | undefined => header(makeHead({ executionMode: "manual" }), { sources }).facts.find(({ label }) => label === "Recorded from")?.value;
  assert.equal(factOf(), undefined);
  assert.equal(factOf(makeSource("hooks", "silent"), makeSource("transcript", "live")), "transcript; hooks silent");
});
