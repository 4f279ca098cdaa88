"""Paths and exit codes out of tool calls."""

import pytest

from treadle.agents.claude_code_tools import ToolResult, background_exit_code, command_end, relative_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/home/dev/p/src/a.py", "src/a.py"),
        ("/private/p/src/a.py", "src/a.py"),
        ("/home/dev/project2/a.py", "/home/dev/project2/a.py"),
        ("/home/dev/p", "."),
        ("src/a.py", "src/a.py"),
        ("C:\\p\\src\\a.py", "src/a.py"),
    ],
)
def test_paths_are_relative_to_the_project(path: str, expected: str) -> None:
    assert relative_path(path, ("/home/dev/p/", "/private/p", "C:\\p", "")) == expected


@pytest.mark.parametrize(
    ("content", "exit_code", "stdout", "stderr"),
    [
        ("Exit code 2\nboth outputs", 2, "both outputs", ""),
        ("Exit code 1", 1, "", ""),
        ("Error: Exit code -9\n", -9, "", ""),
        ("Exit code 12345678901234567890", None, "", ""),
        ("Command timed out after 2m", None, "", "Command timed out after 2m"),
        ("<tool_use_error>Blocked</tool_use_error>", None, "", ""),
    ],
)
def test_the_end_of_a_failing_command_is_read_from_its_text(
    content: str, exit_code: int | None, stdout: str, stderr: str
) -> None:
    end = command_end(ToolResult(content=content, is_error=True, structured={}, refused=False, finished_at=None))
    assert (end.exit_code, end.stdout, end.stderr) == (exit_code, stdout, stderr)


def test_an_interrupted_command_has_no_exit_code() -> None:
    structured = {"stdout": "half", "stderr": "", "interrupted": True}
    end = command_end(ToolResult(content="", is_error=False, structured=structured, refused=False, finished_at=None))
    assert (end.exit_code, end.stdout) == (None, "half")


def test_the_exit_code_of_a_background_command_is_in_its_summary() -> None:
    assert background_exit_code('Background command "x" failed with exit code 3') == 3
    assert background_exit_code('Background command "x" was stopped') is None
