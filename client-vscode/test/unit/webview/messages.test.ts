import assert from "node:assert/strict";
import { test } from "vitest";
import { checkedFromPage, checkedToPage } from "../../../webview/messages";

test("what a page may ask for is let through as it is", () => {
  for (const message of [{ kind: "ready" }, { kind: "open", stepId: "a", from: "end" }, { kind: "filter", kinds: ["tool", "error"] }, { kind: "find", text: "x", isForward: true, stepId: null, rowId: null }, { kind: "openLink", address: "https://example.org" }]) {
    assert.deepEqual(checkedFromPage(message), { message });
  }
  assert.deepEqual(checkedFromPage({ kind: "say", text: "  Use tabs.\n", isInterrupting: false }), { message: { kind: "say", text: "Use tabs.", isInterrupting: false } });
});

test("what it may not is refused, and nothing of it is told", () => {
  const secret = "sk-ant-secret";
  const bad: unknown[] = [
    null,
    7,
    "ready",
    [],
    { kind: secret },
    { kind: "open" },
    { kind: "open", stepId: 7, from: "end" },
    { kind: "open", stepId: "a", from: secret },
    { kind: "ready", [secret]: true },
    { kind: "open", stepId: "x".repeat(201), from: "end" },
    { kind: "filter", kinds: [secret] },
    { kind: "act", action: "workbench.action.quit" },
    { kind: "openLink", address: "javascript:alert(1)" },
    { kind: "openLink", address: "command:x" },
    { kind: "answer", askId: -1, answer: "allow" },
    { kind: "answer", askId: 1.5, answer: "allow" },
    { kind: "say", text: "   ", isInterrupting: false },
    { kind: "say", text: "x".repeat(50_001), isInterrupting: false },
    { kind: "openFile", path: "x".repeat(5_000), isDiff: true },
  ];
  for (const message of bad) {
    const checked = checkedFromPage(message);
    assert.ok("problem" in checked, JSON.stringify(message));
    assert.match(checked.problem, /^A message of the timeline does not fit/);
    assert.ok(checked.problem.length < 400 && !checked.problem.includes(secret), checked.problem);
  }
});

test("the page, too, takes only what it knows", () => {
  const notice = { kind: "notice", sentence: null };
  assert.deepEqual(checkedToPage(notice), { message: notice });
  for (const message of [{ kind: "notice" }, { kind: "section", section: { stepId: "a", order: ["x"], rows: [{ id: "x" }], hasEarlier: false, hasLater: false } }, { type: "from another frame" }]) {
    assert.ok("problem" in checkedToPage(message));
  }
});
