import type { InteractionView, JsonValue } from "../../src/protocol";
import type { Recorder, Told } from "../vscode/recorder";

type Data = Record<string, JsonValue>;

const BEFORE = `def mean(values):
    return sum(values) / len(values)


def median(values):
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
`;
const AFTER = BEFORE.replace("    return sum(values) / len(values)", "    if not values:\n        raise ValueError(\"mean of nothing\")\n    return sum(values) / len(values)").replace("    return ordered[len(ordered) // 2]", "    middle = len(ordered) // 2\n    return ordered[middle] if len(ordered) % 2 else mean(ordered[middle - 1 : middle + 1])");
const TEST = `import pytest

from calculator import mean, median


def test_median_of_an_even_number_of_values():
    assert median([1, 2, 3, 4]) == 2.5


def test_mean_of_nothing_says_so():
    with pytest.raises(ValueError):
        mean([])
`;
const ESC = "\u001b[";
export const FAILING = `${ESC}1m============================= test session starts ==============================${ESC}0m
collected 14 items

tests/test_calculator.py ${ESC}32m............${ESC}0m${ESC}31mF${ESC}0m${ESC}31mF${ESC}0m                               ${ESC}31m[100%]${ESC}0m

=================================== FAILURES ===================================
${ESC}31m${ESC}1m______________________ test_mean_of_nothing_says_so ____________________________${ESC}0m
${ESC}1m${ESC}31mE       ZeroDivisionError: division by zero${ESC}0m
${ESC}1m${ESC}31mcalculator.py${ESC}0m:2: ZeroDivisionError
${ESC}36m${ESC}1m=========================== short test summary info ============================${ESC}0m
${ESC}31mFAILED${ESC}0m tests/test_calculator.py::${ESC}1mtest_median_of_an_even_number_of_values${ESC}0m
${ESC}31mFAILED${ESC}0m tests/test_calculator.py::${ESC}1mtest_mean_of_nothing_says_so${ESC}0m
${ESC}31m========================= ${ESC}31m${ESC}1m2 failed${ESC}0m, ${ESC}32m12 passed${ESC}0m${ESC}31m in 0.31s${ESC}0m${ESC}31m =========================${ESC}0m
`;
export const PASSING = `tests/test_calculator.py ${ESC}32m..............${ESC}0m                               ${ESC}32m[100%]${ESC}0m

${ESC}32m============================== ${ESC}32m${ESC}1m14 passed${ESC}0m${ESC}32m in 0.24s${ESC}0m${ESC}32m ===============================${ESC}0m
`;

const CASES = Array.from({ length: 12 }, (_, place) => `<testcase classname="tests.test_calculator" name="test_${place}" time="0.01"/>`).join("");
const failure = (name: string): string => `<testcase classname="tests.test_calculator" name="${name}" time="0.02"><failure message="ZeroDivisionError: division by zero">calculator.py:2</failure></testcase>`;
const FAILED = `<testsuites><testsuite name="pytest" errors="0" failures="2" skipped="0" tests="14">${CASES}${failure("test_median")}${failure("test_mean")}</testsuite></testsuites>`;
const PASSED = `<testsuites><testsuite name="pytest" errors="0" failures="0" skipped="0" tests="12">${CASES}</testsuite></testsuites>`;

let calls = 0;

/** A call of a tool and its answer. */
function call(tool: string, input: Data, content: string, more: { path?: string; parent?: string; result?: Data; between?: (id: string) => Told[] } = {}): Told[] {
  calls += 1;
  const id = `toolu_${calls}`;
  const by: Data = more.parent === undefined ? {} : { parent_tool_use_id: more.parent, agent_type: "explorer" };
  const about: Data = more.path === undefined ? {} : { path: more.path };
  return [
    ["tool_called", { tool_use_id: id, tool, input, ...about, ...by }],
    ...(more.between?.(id) ?? []),
    ["tool_result", { tool_use_id: id, tool, is_error: false, content, duration_ms: 340, ...by, ...more.result }],
  ];
}

function bash(command: string, description: string, text: string, exitCode = 0): Told[] {
  const between = (id: string): Told[] => [
    ["command_started", { command, tool_use_id: id, tool: "Bash" }],
    ["command_output", { stream: "stdout", text, tool_use_id: id, tool: "Bash" }],
    ["command_completed", { exit_code: exitCode, duration_ms: 1_240, tool_use_id: id, tool: "Bash" }],
  ];
  return call("Bash", { command, description }, text, { between, result: exitCode === 0 ? {} : { is_error: true } });
}

export function agentWork(): Told[] {
  calls += 1;
  const helper = `toolu_${calls}`;
  return [
    ["conversation_started", { conversation_id: "0d6e-44a1", model: "claude-sonnet-5", agent: "claude_code" }],
    ["conversation_message_sent", { text: "Make `median` right for an even number of values.\n\nThe tests are in tests/." }],
    ["conversation_message_received", { text: "I'll look at how `median` is used before I change it." }],
    ...call("Grep", { pattern: "median\\(", path: "." }, "calculator.py:5:def median(values):\nreport.py:12:    return median(times)"),
    ...call("Read", { file_path: "calculator.py" }, BEFORE, { path: "calculator.py" }),
    ["tool_called", { tool_use_id: helper, tool: "Task", input: { description: "Find callers of mean", prompt: "Find **every** caller of `mean`.", subagent_type: "explorer" }, summary: "Find callers of mean" }],
    ...call("Glob", { pattern: "**/*.py" }, "calculator.py\nreport.py\ntests/test_calculator.py", { parent: helper }),
    ...call("Read", { file_path: "report.py" }, "from calculator import mean, median\n", { path: "report.py", parent: helper }),
    ["conversation_message_received", { text: "Only `report.py` calls it, with at least one value.", parent_tool_use_id: helper, agent_type: "explorer" }],
    ["tool_result", { tool_use_id: helper, tool: "Task", is_error: false, content: "Only `report.py` calls it.", duration_ms: 5_200 }],
    ...call("TodoWrite", { todos: [{ content: "Tests for an even number", status: "completed" }, { content: "Make median right", status: "in_progress" }, { content: "Run all tests", status: "pending" }] }, ""),
    ...call("Edit", { file_path: "calculator.py", old_string: BEFORE, new_string: AFTER }, "ok", { path: "calculator.py", between: (id) => [["file_modified", { path: "calculator.py", lines_added: 5, lines_removed: 1, tool_use_id: id, tool: "Edit" }]] }),
    ...call("Write", { file_path: "tests/test_calculator.py", content: TEST }, "File created", { path: "tests/test_calculator.py", between: (id) => [["file_created", { path: "tests/test_calculator.py", lines_added: 12, lines_removed: 0, tool_use_id: id, tool: "Write" }]] }),
    ["hook_triggered", { hook_id: "h1", hook_name: "PostToolUse:Write", hook_event: "PostToolUse" }],
    ["hook_completed", { hook_id: "h1", hook_name: "PostToolUse:Write", hook_event: "PostToolUse", outcome: "success", exit_code: 0, stdout: "formatted 1 file" }],
    ...bash("python -m pytest -q --color=yes", "Run the tests", FAILING, 1),
    ...call("Edit", { file_path: "calculator.py", old_string: "len(values)", new_string: "len(value)" }, "String to replace not found in file.", { path: "calculator.py", result: { is_error: true } }),
    ["error_occurred", { kind: "permission_denied", tool: "Bash", summary: "rm -rf build", message: "Bash(rm -rf build) is denied by a rule of this project.", tool_use_id: "toolu_x" }],
    ...bash("python -m pytest -q --color=yes", "Run the tests again", PASSING),
    ["conversation_message_received", { text: "**Done.** `median` now takes the mean of the two middle values.\n\n1. `calculator.py`: `median`, and `mean` refuses an empty list\n2. `tests/test_calculator.py`: two tests\n\n| case | before | now |\n|---|---|---|\n| `[1, 2, 3, 4]` | 3 | **2.5** |\n| `[]` | ZeroDivisionError | ValueError |\n\n```python\nassert median([1, 2, 3, 4]) == 2.5\n```\n\nSee [the docs](https://docs.python.org/3/library/statistics.html)." }],
    ["conversation_ended", { is_error: false, num_turns: 9, duration_ms: 48_000, cost_usd: 0.1834, input_tokens: 4_200, cached_tokens: 61_000, output_tokens: 2_900, conversation_id: "0d6e-44a1" }],
  ];
}

function testRun(text: string, exitCode: number): Told[] {
  return [
    ["command_started", { command: ".venv/bin/python -m pytest --color=yes", working_directory: "." }],
    ["command_output", { stream: "stdout", text }],
    ["command_completed", { exit_code: exitCode, duration_ms: 2_100 }],
  ];
}

/** A task that fails its check once, is mended, and ends well. */
export async function completeSession(recorder: Recorder, title = "Make median right"): Promise<number> {
  const sessionId = await recorder.newSession("task", title, { description: "Make median right for an even number of values." });
  for (const [work, text, code] of [[true, "", 0], [false, FAILING, 1], [true, "", 0], [false, PASSING, 0]] as const) {
    let step = await recorder.begin(sessionId);
    if (step.step === "initialize") {
      await recorder.end(step, "ok", { durationMs: 40 });
      step = await recorder.begin(sessionId);
    }
    await recorder.tell(step, work ? agentWork() : testRun(text, code));
    await recorder.end(step, code === 0 ? "ok" : "error", {
      code,
      durationMs: work ? 48_000 : 2_100,
      ...(work ? { data: { cost_usd: 0.1834, num_turns: 9, input_tokens: 4_200, cached_tokens: 61_000, output_tokens: 2_900, text: "Done." } } : { stdout: text, data: { reports: { "junit.xml": code === 0 ? PASSED : FAILED } } }),
      ...(code === 0 ? {} : { errorMessage: "2 of 14 tests failed." }),
    });
    if (code !== 0) {
      await meanwhile(recorder, sessionId);
    }
  }
  const last = await recorder.begin(sessionId);
  await recorder.end(last, "ok", { durationMs: 120, code: 0 });
  return sessionId;
}

/** A person stops it for a moment, and takes a note. */
async function meanwhile(recorder: Recorder, sessionId: number): Promise<void> {
  await recorder.ask("session/pause", { sessionId, reason: "Let me look first." });
  await recorder.tellBetween(sessionId, ["file_modified", { path: "docs/median_notes.md", lines_added: 3, lines_removed: 0, saved: true }]);
  await recorder.ask("session/resume", { sessionId });
}

/** Its agent works, and has just begun to run a command. */
export async function runningSession(recorder: Recorder, title = "Build the docs"): Promise<InteractionView> {
  const sessionId = await recorder.newSession("task", title, { description: "Make the notes and publish them." });
  await recorder.end(await recorder.begin(sessionId), "ok", { durationMs: 40 });
  const step = await recorder.begin(sessionId);
  const about = { tool_use_id: "toolu_live", tool: "Bash" };
  await recorder.tell(step, [
    ...agentWork().slice(0, 9),
    ["tool_called", { ...about, input: { command: "npm run build -- --watch", description: "Build" } }],
    ["command_started", { ...about, command: "npm run build" }],
    ["command_output", { ...about, stream: "stdout", text: `${ESC}36mbuilding${ESC}0m 12 modules …\n` }],
  ]);
  return step;
}

/** Its agent works, and asks for a command. */
export async function waitingSession(recorder: Recorder): Promise<InteractionView> {
  const step = await runningSession(recorder, "Publish the notes");
  const { sessionId } = step;
  const command = "git push --force origin main && curl -X POST https://example.org/hooks/publish -d @notes.md";
  await recorder.ask("ask/create", {
    sessionId,
    interactionId: step.id,
    uid: "ask-1",
    kind: "permission",
    question: `Claude Code wants to run: ${command}`,
    details: { tool: "Bash", command, input: { command } },
    options: [{ name: "allow", title: "Allow" }, { name: "allow_session", title: "Allow in This Session" }, { name: "deny", title: "Deny" }],
    askedBy: "Claude Code, step work",
  });
  return step;
}

/** Fails five times, so it has failed. */
export async function failedSession(recorder: Recorder): Promise<number> {
  const sessionId = await recorder.newSession("task", "Mend the parser", { description: "Mend the parser." });
  for (;;) {
    const step = await recorder.begin(sessionId).catch(() => null);
    if (step === null) {
      return sessionId;
    }
    const isCheck = step.step === "check";
    await recorder.tell(step, isCheck ? testRun(FAILING, 1) : step.step === "initialize" ? [] : agentWork().slice(0, 10));
    await recorder.end(step, isCheck ? "error" : "ok", isCheck ? { code: 1, durationMs: 2_300, stdout: FAILING, data: { reports: { "junit.xml": FAILED } }, errorMessage: "2 of 14 tests failed." } : { durationMs: 31_000, data: { cost_usd: 0.11 } });
  }
}

/** What an agent, a tool or a file may say to harm a reader. */
export async function hostileSession(recorder: Recorder): Promise<number> {
  const sessionId = await recorder.newSession("task", "<img src=x onerror=alert(1)> ${7*7}", { description: "x" });
  await recorder.end(await recorder.begin(sessionId), "ok", { durationMs: 40 });
  const step = await recorder.begin(sessionId);
  const script = "<script>document.body.innerHTML='taken over'</script><img src=x onerror=\"document.title='pwned'\"><iframe src=//evil.example></iframe><style>*{display:none}</style>";
  await recorder.tell(step, [
    ["conversation_message_received", { text: `${script}\n\n# Not a heading <b>of ours</b>\n\n[run](command:workbench.action.quit) [js](javascript:alert(1)) [data](data:text/html,x) [file](file:///etc/passwd) [ok](https://example.org/?a=b&c=d) ![img](https://evil.example/pixel.png) <https://auto.example>` }],
    ["conversation_message_received", { text: `${"> ".repeat(200)}deep\n\n${"- ".repeat(150)}list\n\n**unclosed _marks \`and code\n\n| a | b\n|--\n| ${"|".repeat(60)}` }],
    ...call("Bash", { command: "rm -rf /tmp/\u202egpj.exe\u2066 # \u200bsafe" }, "x"),
    ["command_started", { command: "cat hostile" }],
    ["command_output", { stream: "stdout", text: "\u001b]0;title\u0007\u001b]8;;https://evil.example\u0007click\u001b]8;;\u0007\u001b[2J\u001b[1;1H\u001b[?1049h\u001b[38;2;255;120;0mtruecolour\u001b[0m \u001b[38;5;201m256\u001b[0m \u001b[7mreverse\u001b[0m \u001b[31;1;4mred bold\u001b[0m \u001bP1;2|dcs\u001b\\\\ \u001b[999999999999m bell\u0007 nul\u0000 back\b\nprogress 1%\rprogress 50%\rprogress 100%\n" }],
    ["command_output", { stream: "stdout", text: "<i>0123456789</i>".repeat(60_000) }],
    ["command_completed", { exit_code: 0, duration_ms: 10 }],
    ["tool_called", { tool: { toString: "x" }, tool_use_id: 7, input: [[[["deep"]]]] }],
    ["tool_called", { tool: "__proto__", tool_use_id: "constructor", input: { __proto__: { polluted: true }, constructor: "x" }, path: "../../../../etc/passwd" }],
    ["file_modified", { path: `a/${"very-long-name-".repeat(60)}.py`, lines_added: 1e21, lines_removed: -5 }],
    ["file_created", { path: "x\u202efdp.exe\nsecond line" }],
    ["error_occurred", { message: script }],
    ["conversation_message_received", { text: "مرحبا بالعالم — שלום עולם — 你好 — 👩‍💻 e\u0301" }],
  ]);
  return sessionId;
}
