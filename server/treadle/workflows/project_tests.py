"""The project's test command, and how it is told what to run and where to write its JUnit report."""

import shlex
from collections.abc import Sequence
from pathlib import PurePosixPath

from treadle.agents.claude_code_command import allowed_command_rules, exact_command_rules
from treadle.domain.errors import ProjectInvalidError
from treadle.workflows.contract import StepContext

REPORT_NAME = "junit.xml"
REPORT_PATH = f"{{reports}}/{REPORT_NAME}"
"""The client replaces `{reports}` by a folder of its own."""

TESTS_PLACEHOLDER = "{tests}"
REPORT_PLACEHOLDER = "{report}"
NOWHERE = "/dev/null"


def project_test_command(context: StepContext) -> tuple[str, ...]:
    """The words of the project's test command.

    :raises ProjectInvalidError: there is none, or it is no list of words
    """
    value = context.project.settings.get("test_command") if context.project is not None else None
    if not value:
        raise ProjectInvalidError(
            "Treadle does not know how to run this project's tests: "
            "set test_command in .treadle/project.yaml, for example [pytest]."
        )
    words = _words(value)
    if not words:
        raise ProjectInvalidError("The project's test_command must be a list of words.")
    return words


def has_test_command(context: StepContext) -> bool:
    return context.project is not None and bool(context.project.settings.get("test_command"))


def can_count(context: StepContext) -> bool:
    """Whether the test command writes a report, so that its tests can be counted."""
    words = project_test_command(context)
    return any(REPORT_PLACEHOLDER in word for word in words) or _is_pytest(words)


def run_argv(context: StepContext, path: str | None) -> list[str]:
    """The test command for one path, or for all of the project's tests, writing a report.

    Pytest is known; any other tool says with `{report}` (and `{tests}`) where the file names go.

    :raises ProjectInvalidError: the tool's results could not be read
    """
    words = project_test_command(context)
    if any(REPORT_PLACEHOLDER in word for word in words):
        return _filled(words, path, REPORT_PATH)
    if _is_pytest(words):
        return [*words, *([] if path is None else [path]), f"--junitxml={REPORT_PATH}"]
    raise ProjectInvalidError(
        f"Treadle cannot count the tests of `{shlex.join(words)}`: let it write a JUnit report, "
        "with {report} in test_command in .treadle/project.yaml where the file name goes and {tests} for the tests."
    )


def agent_argv(context: StepContext, path: str | None) -> list[str]:
    """The test command for one path as an agent may run it: nobody reads its report."""
    words = project_test_command(context)
    if has_placeholders(words):
        return _filled(words, path, NOWHERE)
    return [*words, *([] if path is None else [path])]


def agent_rules(context: StepContext, path: str | None) -> tuple[str, ...]:
    """What an agent may run: the test command with any arguments.

    One with placeholders only just as it is: what stands before the first of them may be no more than `bash -c`.
    """
    words = project_test_command(context)
    if has_placeholders(words):
        return exact_command_rules(agent_argv(context, path))
    return allowed_command_rules(words)


def has_placeholders(words: Sequence[str]) -> bool:
    return any(TESTS_PLACEHOLDER in word or REPORT_PLACEHOLDER in word for word in words)


def _filled(words: Sequence[str], path: str | None, report: str) -> list[str]:
    """Without a path, a word that is nothing but its placeholder is left out."""
    kept = [word for word in words if path is not None or word != TESTS_PLACEHOLDER]
    return [word.replace(TESTS_PLACEHOLDER, path or "").replace(REPORT_PLACEHOLDER, report) for word in kept]


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError:
            return ()
    if isinstance(value, list | tuple) and all(isinstance(word, str) and word for word in value):
        return tuple(value)
    return ()


def _is_pytest(words: tuple[str, ...]) -> bool:
    return any(PurePosixPath(word).name in ("pytest", "py.test") for word in words)
