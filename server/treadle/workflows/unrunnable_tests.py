"""Tests that could not begin, because something is missing that only a person can put there.

No agent could mend that, and each that tried would cost: the step waits for the person instead.
"""

import re
from collections.abc import Sequence

from treadle.domain.command import Command
from treadle.domain.result import NOT_STARTED, TESTS_CANNOT_RUN, Result

NOT_EXECUTABLE, NOT_FOUND = 126, 127
"""Of a POSIX shell."""
MISSING = re.compile(
    "|".join(
        (
            r": No module named [\w.]+$",  # `python -m`; an import of a test file has quotes around the name
            r"Failed to spawn: `",  # uv
            r"^Command not found: ",  # poetry
            r"Command '[^']+' is not found",  # pdm
            r"npx canceled due to missing packages",
            r"Command \"[^\"]+\" not found",  # pnpm, yarn
            r"Couldn't find a script named \"",  # yarn
            r"^error: Script not found \"",  # bun
        )
    )
)
MAX_LINES = 20
"""Of the end of each output: what a tool says that gives up stands there."""
MAX_REASON = 300
ADVICE = "install the project's dependencies, or name test_command in .treadle/project.yaml"


def waiting_for_person(result: Result, command: Command) -> Result | None:
    """The result as one that is not final, with the reason as its verdict; None when the tests did begin."""
    reason = _reason(result)
    if reason is None:
        return None
    # A person may name another command: the words tell whether the step still has this one.
    told = {"failure": TESTS_CANNOT_RUN, "argv": command.metadata.get("argv")}
    said = reason[:MAX_REASON].rstrip(" .")
    return result.as_pending({**result.data, **told, "verdict": f"The tests cannot be run: {said}; {ADVICE}."})


def _reason(result: Result) -> str | None:
    if result.data.get("failure") == NOT_STARTED:
        return result.error_message
    if result.code in (None, 0) or result.data.get("reports"):
        return None
    lines = (line.strip() for output in (result.stderr, result.stdout) for line in _end(output))
    missing = next((line for line in lines if MISSING.search(line)), None)
    if missing is None and result.code in (NOT_EXECUTABLE, NOT_FOUND):
        return result.error_message or f"The command ended with exit code {result.code}"
    return missing


def _end(output: str | None) -> Sequence[str]:
    return (output or "").splitlines()[-MAX_LINES:]
