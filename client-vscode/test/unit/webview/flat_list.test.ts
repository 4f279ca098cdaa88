import assert from "node:assert/strict";
import { test } from "vitest";
import { heightOf, itemsOf } from "../../../webview/flat_list";
import type { HeaderView, Row, StepView } from "../../../webview/messages";
import { PageState } from "../../../webview/page_state";

const header = { title: "A", asked: null, files: { canOpen: false, paths: [], more: 0 }, status: { tone: "running", text: "running" }, facts: [], totals: [], runningSince: null, path: [], note: null, actions: [], listener: null } satisfies HeaderView;

function step(id: string, values: Partial<StepView> = {}): StepView {
  return { id, isInterlude: false, position: 1, title: id, attempt: 1, tone: "ok", status: "ok", command: "", summary: null, startedAt: 0, durationMs: 1, costUsd: null, canEdit: false, ...values };
}

function row(id: string, text = "x"): Row {
  return { id, kind: "message", icon: "agent", at: 0, tone: null, title: id, text: null, duration: null, depth: 0, agent: null, isMore: false, file: null, shown: [{ kind: "code", label: null, text, isCut: false }], folded: [], facts: [], children: [], ask: null };
}

function stateWith(...ids: readonly string[]): PageState {
  const state = new PageState();
  state.take({ kind: "session", header, order: [...ids], steps: ids.map((id) => step(id)), openStep: null });
  return state;
}

function section(state: PageState, stepId: string, order: string[], rows: Row[], ends = { hasEarlier: false, hasLater: false }): void {
  state.take({ kind: "section", section: { stepId, order, rows, ...ends } });
}

const shown = (state: PageState): string[] => itemsOf(state, false).map(({ id, kind }) => `${kind} ${id}`);

test("what is in an opened step stands between its head and the next one, with the ends of what is held", () => {
  const state = stateWith("a", "b");
  state.open("a");
  assert.deepEqual(shown(state), ["step a", "loading a/.loading", "step b"]);
  section(state, "a", ["1", "2"], [row("1"), row("2")], { hasEarlier: true, hasLater: true });
  assert.deepEqual(shown(state), ["step a", "earlier a/.earlier", "row a/1", "row a/2", "later a/.later", "step b"]);
  state.close("a");
  assert.deepEqual(shown(state), ["step a", "step b"]);
});

test("rows come once, in whatever order, and go; those that are still on their way are left out", () => {
  const state = stateWith("a");
  state.open("a");
  section(state, "a", ["1", "2", "3"], [row("1"), row("2")]);
  assert.deepEqual(shown(state), ["step a", "row a/1", "row a/2"]);
  section(state, "a", ["1", "2", "3"], [row("3")]);
  assert.deepEqual(shown(state), ["step a", "row a/1", "row a/2", "row a/3"]);
  section(state, "a", ["3", "4"], [row("4")]);
  assert.deepEqual(shown(state), ["step a", "row a/3", "row a/4"]);
  section(state, "a", [], []);
  assert.deepEqual(shown(state), ["step a", "nothing a/.nothing."]);
});

test("what comes for a step that was closed meanwhile is not kept", () => {
  const state = stateWith("a");
  section(state, "a", ["1"], [row("1")]);
  assert.deepEqual(shown(state), ["step a"]);
});

test("steps that have changed are replaced, the others stay, and those that are gone go", () => {
  const state = stateWith("a", "b");
  state.take({ kind: "session", header, order: ["b", "c"], steps: [step("c", { title: "new" })], openStep: null });
  assert.deepEqual(state.steps.map(({ id, title }) => [id, title]), [["b", "b"], ["c", "new"]]);
});

test("a long row is higher before it has been seen, and higher still when it is unfolded", () => {
  const state = stateWith("a");
  state.open("a");
  section(state, "a", ["1", "2"], [row("1"), { ...row("2", "line\n".repeat(20)), folded: [{ kind: "code", label: null, text: "more\n".repeat(20), isCut: false }] }]);
  const heights = (): number[] => itemsOf(state, false).slice(1).map(heightOf);
  const [short = 0, long = 0] = heights();
  assert.ok(long > short + 200);
  state.toggleFold("a/2");
  assert.ok((heights()[1] ?? 0) > long + 200);
});
