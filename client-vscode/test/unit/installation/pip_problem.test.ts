import assert from "node:assert/strict";
import { test } from "vitest";
import { BUTTONS } from "../../../src/installation/advice";
import { problemOfPip } from "../../../src/installation/pip_problem";

function problem(...lines: string[]) {
  return problemOfPip(lines.join("\n"), lines);
}

test("a full disk is told from a network that is away", () => {
  assert.equal(problem("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device").problem, "diskFull");
  assert.equal(
    problem(
      "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError('Failed to establish a new connection')': /simple/alembic/",
      "ERROR: No matching distribution found for alembic==1.20.1",
    ).problem,
    "offline",
  );
});

test("Debian's own words about the missing package are understood", () => {
  const { problem: kind, message } = problem("The virtual environment was not created successfully because ensurepip is not available.");
  assert.equal(kind, "venvMissing");
  assert.match(message, /python3-venv/);
});

test("of anything else the last line that says something is shown", () => {
  const { problem: kind, message } = problem(
    "Collecting alembic",
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
    "    unknown package:",
    "[notice] A new release of pip is available",
  );
  assert.equal(kind, "pipFailed");
  assert.equal(message, "Treadle could not be set up: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.");
  assert.match(problem().message, /ended without a word/);
});

test("for every problem there is something to do", () => {
  for (const buttons of Object.values(BUTTONS)) {
    assert.ok(buttons.includes("Try Again"));
  }
});
