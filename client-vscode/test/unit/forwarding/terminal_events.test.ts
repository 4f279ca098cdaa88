import assert from "node:assert/strict";
import { test } from "vitest";
import { commandCompleted, commandStarted, isOwnRun } from "../../../src/forwarding/terminal_events";

test("a run of Treadle records itself; its other commands are a person's", () => {
  const own = [
    "treadle run --session 3",
    "/home/me/.venv/bin/treadle run",
    "'/home/my folder/.venv/bin/treadle' run --session 3 --mode manual",
    '"C:\\tools\\treadle.exe" run --session 3',
    "python -m treadle run",
    "FOO=1 treadle --data-dir /x run --session 1",
    "/opt/wrapper run --session 12 --project /p",
  ];
  const others = ["treadle sessions", "treadle answer 3 allow", "npm run test", "cargo run", "docker run treadle", "./treadle.sh run", "echo run --session"];
  assert.deepEqual(own.filter((each) => !isOwnRun(each)), []);
  assert.deepEqual(others.filter(isOwnRun), []);
});

test("a command in the project is told with its place there, and its end with its beginning", () => {
  const started = commandStarted({ command: "npm test", directory: "/p/web", terminal: "bash" }, "/p", "step-1");
  assert.ok(started !== null);
  const { execution_id: execution, ...data } = started.data;
  assert.deepEqual(data, { command: "npm test", working_directory: "web", terminal: "bash" });
  assert.deepEqual([started.eventType, started.source, started.interactionId], ["command_started", "terminal", "step-1"]);
  const ended = commandCompleted(started, 2, 1_500);
  assert.deepEqual(ended.data, { exit_code: 2, duration_ms: 1_500, terminal: "bash", execution_id: execution });
  assert.notEqual(ended.uid, started.uid);
  assert.equal(commandCompleted(started, undefined, 1).data.exit_code, null);
});

test("what runs elsewhere is nobody's; in the root itself it is told", () => {
  assert.equal(commandStarted({ command: "ls", directory: "/elsewhere", terminal: "bash" }, "/p", null), null);
  assert.equal(commandStarted({ command: "ls", directory: "/pp", terminal: "bash" }, "/p", null), null);
  assert.equal(commandStarted({ command: "ls", directory: "/p", terminal: "bash" }, "/p", null)?.data.working_directory, ".");
});

test("a command that was pasted with all its text is cut", () => {
  const started = commandStarted({ command: "x".repeat(100_000), directory: "/p", terminal: "bash" }, "/p", null);
  assert.equal(started?.data.command, `${"x".repeat(8_192)}…`);
});
