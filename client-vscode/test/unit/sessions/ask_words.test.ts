import assert from "node:assert/strict";
import { test } from "vitest";
import { circumstancesOf, endOf, exactOf, isWholeIn, plainly, shortAsk, shortLine, takesComment } from "../../../src/sessions/ask_words";
import { makeAsk, MOMENT } from "../factories";

test("in a narrow place an ask is what is to be allowed, else its question", () => {
  assert.equal(shortAsk(makeAsk()), "Bash: git push");
  assert.equal(shortAsk(makeAsk({ details: { tool: "Write", path: "src/a.py" } })), "Write: src/a.py");
  assert.equal(shortAsk(makeAsk({ details: { tool: "Write", path: "/calculator/src/a.py", working_directory: "/calculator" } })), "Write: src/a.py");
  assert.equal(shortAsk(makeAsk({ details: { tool: "Write", path: "/calculators/a.py", working_directory: "/calculator" } })), "Write: /calculators/a.py");
  assert.equal(shortAsk(makeAsk({ details: { tool: "WebSearch" } })), "WebSearch");
  assert.equal(shortAsk(makeAsk({ details: {} })), "Claude Code wants to run: git push");
  assert.equal(shortAsk(makeAsk({ kind: "stall", question: "Go on waiting?\nNothing for 5 min." })), "Go on waiting?…");
});

test("a text in a narrow place tells that there is more, and hides no sign", () => {
  assert.equal(shortLine("one two three", 5), "one…");
  assert.equal(shortLine("😀".repeat(100), 5), "😀😀😀😀…");
  assert.equal(shortLine("rm -rf build\nrm -rf ~"), "rm -rf build…");
  assert.equal(shortLine("echo \u202e~ fr- mr\u001b[2K"), "echo \ufffd~ fr- mr\ufffd[2K");
});

test("only a command that is to be seen whole can be allowed beside it", () => {
  for (const [command, isWhole] of [["git push", true], ["git push\nrm -rf ~", false], [`git push ${"x".repeat(300)}`, false], ["a\u202eb", false]] as const) {
    const ask = makeAsk({ details: { tool: "Bash", command } });
    assert.equal(isWholeIn(ask, shortAsk(ask, 200)), isWhole, command);
  }
  const edit = makeAsk({ details: { tool: "Write", path: "a.py" } });
  assert.equal(isWholeIn(edit, shortAsk(edit)), false);
});

test("what is asked about is shown as it is", () => {
  assert.deepEqual(exactOf(makeAsk()), { text: "git push", language: "shellscript" });
  assert.deepEqual(exactOf(makeAsk({ details: { tool: "Edit", diff: "-a\n+b\n" } })), { text: "-a\n+b\n", language: "diff" });
  assert.deepEqual(exactOf(makeAsk({ details: { tool: "WebFetch", input: { url: "x" } } })), { text: '{\n  "url": "x"\n}', language: "json" });
  assert.deepEqual(exactOf(makeAsk({ kind: "stall", details: { silent_s: 300 } })), { text: '{\n  "silent_s": 300\n}', language: "json" });
  assert.equal(exactOf(makeAsk({ details: {} })), null);
});

test("who asks, where, why and until when", () => {
  const details = { working_directory: "/calculator", rule: { ask: "git push*" }, agent_type: "Explore" };
  const lines = circumstancesOf(makeAsk({ details, expiresAt: MOMENT, defaultAnswer: "deny" }));
  assert.deepEqual(lines.slice(0, 3), [
    "Asked by Claude Code, for its sub-agent Explore",
    "In /calculator",
    'Because of the rule {"ask":"git push*"}',
  ]);
  assert.match(lines[3] ?? "", /^Until .*2026.*; then it counts as: Deny$/);
  assert.deepEqual(circumstancesOf(makeAsk({ details: {} })), ["Asked by Claude Code"]);
});

test("what has become of an ask is a sentence", () => {
  assert.equal(endOf(makeAsk({ status: "answered", answer: "allow", answeredBy: "treadle answer" })), "Ask 12 was answered by treadle answer: Allow.");
  assert.equal(endOf(makeAsk({ status: "expired", answer: "deny" })), "Nobody answered ask 12 in time, which counts as: Deny.");
  assert.equal(endOf(makeAsk({ status: "expired" })), "Nobody answered ask 12 in time.");
  assert.equal(endOf(makeAsk({ status: "withdrawn", reason: "The step ended." })), "Ask 12 needs no answer any more: The step ended.");
});

test("a comment is asked for where somebody reads it", () => {
  assert.deepEqual(
    [takesComment("question", "yes"), takesComment("permission", "deny"), takesComment("permission", "allow"), takesComment("budget", "stop")],
    [true, true, false, false],
  );
});

test("what an agent wants to run makes no link in a message", () => {
  assert.equal(plainly("echo '[Allow](command:treadle.allow)'"), "echo '[Allow] (command:treadle.allow)'");
});
