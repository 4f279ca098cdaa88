import assert from "node:assert/strict";
import { test } from "vitest";
import type { JsonValue } from "../../../src/protocol";
import { ESSENTIAL } from "../../../src/views/blocks";
import { deedOf } from "../../../src/views/deed_rows";

const by = { user_id: 1, client_id: "c", client_name: "VS Code" };
const ask = { ask_id: 4, kind: "permission", question: "Claude Code wants to run: git push", tool: "Bash", command: "git push" };

function told(data: Record<string, JsonValue>) {
  const deed = deedOf(data, ESSENTIAL);
  const [block] = deed?.shown ?? [];
  return deed && [deed.title, deed.text, block?.kind === "code" ? block.text : null, deed.tone ?? null];
}

test("what was said to an agent is told with who said it", () => {
  assert.deepEqual(told({ action: "said", text: "Use tabs.", interrupt: false, by }), ["Said", "by VS Code", "Use tabs.", null]);
  assert.deepEqual(told({ action: "said", text: "Stop that.", interrupt: true, by }), ["Interrupted and said", "by VS Code", "Stop that.", null]);
});

test("an ask is told from its beginning to its end", () => {
  assert.deepEqual(told({ action: "asked", ...ask, by }), ["Asks", "Bash: git push", null, "waiting"]);
  assert.deepEqual(told({ action: "answered", ...ask, answer: "allow", comment: null, by }), ["Answered: allow", "Bash: git push · by VS Code", null, null]);
  assert.deepEqual(told({ action: "answered", ...ask, answer: "deny", comment: "Not yet.", by }), ["Answered: deny", "Bash: git push · by VS Code · Not yet.", null, "warning"]);
  assert.deepEqual(told({ action: "withdrawn", ...ask, reason: "Interrupted.", by }), ["Asks no more", "Bash: git push · Interrupted.", null, "muted"]);
  assert.deepEqual(told({ action: "expired", ...ask, answer: "deny", by }), ["Nobody answered", "Bash: git push · deny", null, "warning"]);
});

test("a question of a step is told by its text, the whole of it below", () => {
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
    assert.equal(deedOf(data, ESSENTIAL), null);
  }
});

test("how an agent in a terminal comes along is told in passing", () => {
  const used = { action: "used", model: "claude-opus-5-5", cost_usd: 0.00458, input_tokens: 1_000, cached_tokens: 0, output_tokens: 29 };
  assert.deepEqual(told(used), ["Used", "$0.0046 · 1,000 tokens in (0 cached), 29 out", null, "muted"]);
  assert.deepEqual(told({ action: "used" }), ["Used", null, null, "muted"]);
  assert.deepEqual(told({ action: "turn_ended", agent_status: "idle", background: 0 }), ["Turn ended", null, null, "muted"]);
  assert.deepEqual(told({ action: "turn_ended", background: 2 }), ["Turn ended", "2 sub-agents still work", null, "muted"]);
});
