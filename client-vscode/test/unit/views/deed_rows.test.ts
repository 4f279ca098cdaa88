import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "../../../src/protocol";
import { deedOf } from "../../../src/views/deed_rows";

const by = { user_id: 1, client_id: "c", client_name: "VS Code" };
const ask = { ask_id: 4, kind: "permission", question: "Claude Code wants to run: git push", tool: "Bash", command: "git push" };

function told(data: Record<string, JsonValue>) {
  const deed = deedOf(data);
  return deed && [deed.title, deed.text, deed.detail ?? null, deed.tone ?? null];
}

test("what was said to an agent is told with who said it", () => {
  assert.deepEqual(told({ action: "said", text: "Use tabs.", interrupt: false, by }), ["Said", "Use tabs. · by VS Code", null, null]);
  assert.deepEqual(told({ action: "said", text: "Stop that.", interrupt: true, by }), ["Interrupted and said", "Stop that. · by VS Code", null, null]);
});

test("an ask is told from its beginning to its end", () => {
  assert.deepEqual(told({ action: "asked", ...ask, by }), ["Asks", "Bash: git push", null, "waiting"]);
  assert.deepEqual(told({ action: "answered", ...ask, answer: "allow", comment: null, by }), ["Answered: allow", "Bash: git push · by VS Code", null, null]);
  assert.deepEqual(told({ action: "answered", ...ask, answer: "deny", comment: "Not yet.", by }), ["Answered: deny", "Bash: git push · by VS Code · Not yet.", null, "warning"]);
  assert.deepEqual(told({ action: "withdrawn", ...ask, reason: "Interrupted.", by }), ["Asks no more", "Bash: git push · Interrupted.", null, "muted"]);
  assert.deepEqual(told({ action: "expired", ...ask, answer: "deny", by }), ["Nobody answered", "Bash: git push · deny", null, "warning"]);
});

test("a question of a step is told by its text, the rest of it on demand", () => {
  const question = "Good?\nSee the diff.";
  assert.deepEqual(told({ action: "asked", ask_id: 4, kind: "question", question, by }), ["Asks", "Good? …", question, "waiting"]);
  const own = { ask_id: 4, kind: "question", question: "Who reads it?", tool: "AskUserQuestion" };
  assert.deepEqual(told({ action: "asked", ...own, by }), ["Asks", "Who reads it?", null, "waiting"]);
  assert.deepEqual(told({ action: "answered", step: "approve", answer: "yes", comment: null, by }), ["Answered: yes", "by VS Code", null, null]);
});

test("what a rule decided is told with the rule and where it stands", () => {
  const rule = { rule: "deny: git push*", file: ".treadle/permissions.yaml", line: 3, reason: "A rule denied it." };
  const call = { tool: "Bash", command: "git push" };
  assert.deepEqual(told({ action: "denied", ...call, ...rule }), ["Not allowed", "Bash: git push · by the rule deny: git push* in .treadle/permissions.yaml:3", null, "warning"]);
  assert.deepEqual(told({ action: "allowed", ...call, ask_id: 4 }), ["Allowed", "Bash: git push · as ask 4 allowed it in this session", null, null]);
  assert.deepEqual(told({ action: "denied", ...call, reason: "Nobody can be asked." }), ["Not allowed", "Bash: git push · Nobody can be asked.", null, "warning"]);
});

test("an event that tells of no deed is no deed", () => {
  for (const data of [{}, { action: 7 }, { action: "constructor" }, { action: "retried" }, { agent_status: "idle" }]) {
    assert.equal(deedOf(data), null);
  }
});
