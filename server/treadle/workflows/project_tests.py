"""The project's test command, and how it is told what to run and where to write its JUnit report."""

import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

from treadle.agents.claude_code_command import allowed_command_rules, exact_command_rules
from treadle.agents.lenient import amount
from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.contract import StepContext

TIMEOUT_S = 600
REPORT_NAME = "junit.xml"
REPORTS = "{reports}"
"""The client puts a folder of its own in its place."""
REPORT_PATH = f"{REPORTS}/{REPORT_NAME}"

TESTS_PLACEHOLDER = "{tests}"
REPORT_PLACEHOLDER = "{report}"
NOWHERE = "/dev/null"
EVERYTHING = "."
"""In the place of `{tests}` inside a word, when the whole suite runs."""
VITEST_REPORTERS = ("--reporter=default", "--reporter=junit", f"--outputFile.junit={REPORT_PATH}")
NO_COVERAGE = "--coverage.enabled=false"
"""One component's tests never cover what a project demands of all of them, which would fail the run."""
RUN_ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"}
"""No files beside the project's own, and reports and outputs without colours, also where a CI turns them on."""
SCRIPT_RUNNERS = frozenset({"npm", "npx", "pnpm", "yarn", "bun", "bunx"})
IN_A_CI = {"CI": "true"}
"""With which a tool such as react-scripts runs once. One that is known does so anyway, and in a CI it would not write
the snapshots of new tests."""


def project_test_command(context: StepContext) -> tuple[str, ...]:
    """The words of the project's test command.

    :raises ProjectInvalidError: there is none, or it is no list of words
    """
    value = _setting(context)
    if not value:
        raise ProjectInvalidError(
            "Treadle does not know how to run this project's tests: "
            "set test_command in .treadle/project.yaml, for example [pytest]."
        )
    words = words_of(value)
    if not words:
        raise ProjectInvalidError("The project's test_command must be a list of words.")
    return words


def has_test_command(context: StepContext) -> bool:
    return bool(_setting(context))


def can_count(context: StepContext) -> bool:
    """Whether a run writes a report to count; otherwise there is its exit code alone. False without a test command."""
    words = words_of(_setting(context))
    return _names_report(words) or _is_pytest(words) or _is_vitest(words)


def run_timeout_s(context: StepContext) -> float:
    """How long a run of tests may take, in seconds."""
    settings = context.project.settings if context.project is not None else {}
    return amount(settings.get("test_timeout_s")) or TIMEOUT_S


def run_argv(context: StepContext, path: str | None) -> list[str]:
    """The test command for one path, or with None for the whole suite, writing a report.

    Pytest and vitest are known; any other tool says with `{report}` (and `{tests}`) where the file names go.

    :raises ProjectInvalidError: there is no test command, or the tool's results could not be read
    """
    words = project_test_command(context)
    if _names_report(words):
        return _filled(words, path, REPORT_PATH)
    if _is_pytest(words):
        return [*words, *_paths(path), f"--junitxml={REPORT_PATH}"]
    if _is_vitest(words):
        return [*_once(words), *_paths(path), *([] if path is None else [NO_COVERAGE]), *VITEST_REPORTERS]
    raise ProjectInvalidError(
        f"Treadle cannot count the tests of `{shlex.join(words)}`: let it write a JUnit report, "
        "with {report} in test_command in .treadle/project.yaml where the file name goes and {tests} for the tests."
    )


def run_environment(context: StepContext) -> dict[str, str]:
    """For a run of the test command.

    :raises ProjectInvalidError: there is no test command
    """
    words = project_test_command(context)
    settings = context.project.settings if context.project is not None else {}
    is_known = bool(settings.get("test_tool")) or _is_vitest(words)
    return {**RUN_ENVIRONMENT, **(IN_A_CI if words[0] in SCRIPT_RUNNERS and not is_known else {})}


def agent_argv(context: StepContext, path: str | None) -> list[str]:
    """The test command for one path, or with None for the whole suite, as an agent may run it: without a report.

    :raises ProjectInvalidError: there is no test command
    """
    words = project_test_command(context)
    if has_placeholders(words):
        return _filled(words, path, NOWHERE)
    return [*_once(words), *_paths(path)]


def agent_rules(context: StepContext, path: str | None) -> tuple[str, ...]:
    """What an agent may run: the test command with any arguments.

    One with placeholders only just as it is: what stands before the first of them may be no more than `bash -c`.

    :raises ProjectInvalidError: there is no test command
    """
    words = project_test_command(context)
    if has_placeholders(words):
        return exact_command_rules(agent_argv(context, path))
    return allowed_command_rules(_once(words))


def has_placeholders(words: Sequence[str]) -> bool:
    return any(TESTS_PLACEHOLDER in word or REPORT_PLACEHOLDER in word for word in words)


def _setting(context: StepContext) -> object:
    return context.project.settings.get("test_command") if context.project is not None else None


def _names_report(words: Sequence[str]) -> bool:
    return any(REPORT_PLACEHOLDER in word for word in words)


def _filled(words: Sequence[str], path: str | None, report: str) -> list[str]:
    kept = [word for word in words if path is not None or word != TESTS_PLACEHOLDER]
    return [word.replace(TESTS_PLACEHOLDER, path or EVERYTHING).replace(REPORT_PLACEHOLDER, report) for word in kept]


def _paths(path: str | None) -> list[str]:
    return [] if path is None else [path]


def words_of(value: object) -> tuple[str, ...]:
    """Of a setting that may be a text or a list; none when it is neither."""
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError:
            return ()
    if isinstance(value, list | tuple) and all(isinstance(word, str) and word for word in value):
        return tuple(value)
    return ()


def _is_pytest(words: Sequence[str]) -> bool:
    return any(PurePosixPath(word).name in ("pytest", "py.test") for word in words)


def _is_vitest(words: Sequence[str]) -> bool:
    """Named by a program that hands all further words to it, as npm does not."""
    return any(PurePosixPath(word).name == "vitest" for word in words) and words[0] != "npm"


def _once(words: Sequence[str]) -> list[str]:
    """In a terminal vitest would wait for changes."""
    return [*words, "--run"] if _is_vitest(words) and not {"run", "--run"} & set(words) else list(words)
