"""What a person may make of a command, and what nobody could execute."""

from typing import Any

import pytest

from tests.factories import START
from treadle.domain.command import Command
from treadle.domain.errors import InvalidValueError
from treadle.service.command_checks import edited

MADE = Command(
    id="c", module="write", command="claude", metadata={"prompt": "as the step made it", "kept": None}, timestamp=START
)


@pytest.mark.parametrize(
    ("command", "metadata", "field"),
    [
        (" ", {}, "command"),
        ("\n", {}, "command"),
        ("", {}, "command"),
        ("echo \0", {}, "command"),
        ("shell", {}, "metadata.argv"),
        ("read_file", {}, "metadata.path"),
        ("spawn_sessions", {}, "metadata.child_session_ids"),
        ("spawn_sessions", {"child_session_ids": ["1"]}, "metadata.child_session_ids"),
        ("shell", {"argv": []}, "metadata.argv"),
        ("shell", {"argv": "pytest -q"}, "metadata.argv"),
        ("shell", {"argv": ["pytest", 1]}, "metadata.argv"),
        ("shell", {"argv": [" "]}, "metadata.argv"),
        ("shell", {"argv": ["pytest", "a\0b"]}, "metadata.argv"),
        ("echo", {"argv": ["echo"]}, "metadata.argv"),
        ("echo", {"prompt": "hello"}, "metadata.prompt"),
        (None, {"prompt": None}, "metadata.prompt"),
        (None, {"prompt": " "}, "metadata.prompt"),
        (None, {"prompt": ["a"]}, "metadata.prompt"),
        (None, {"argv": ["echo"]}, "metadata.argv"),
        (None, {"env": ["A=1"]}, "metadata.env"),
        (None, {"env": {"A": 1}}, "metadata.env"),
        (None, {"env": {"": "1"}}, "metadata.env"),
        (None, {"env": {"A=B": "1"}}, "metadata.env"),
        (None, {"env": {"A": "\0"}}, "metadata.env"),
        (None, {"timeout_s": 0}, "metadata.timeout_s"),
        (None, {"timeout_s": -1.5}, "metadata.timeout_s"),
        (None, {"timeout_s": True}, "metadata.timeout_s"),
        (None, {"timeout_s": "5"}, "metadata.timeout_s"),
        (None, {"timeout_s": 10**300}, "metadata.timeout_s"),
        (None, {"working_directory": "/etc"}, "metadata.working_directory"),
        (None, {"working_directory": "a/../.."}, "metadata.working_directory"),
        (None, {"working_directory": ""}, "metadata.working_directory"),
        (None, {"working_directory": 5}, "metadata.working_directory"),
        ("read_file", {"path": "../secret"}, "metadata.path"),
        ("read_file", {"path": "a\0b"}, "metadata.path"),
        (None, {"options": []}, "metadata.options"),
        (None, {"options": {"model": "--dangerous"}}, "metadata.options"),
        (None, {"options": {"max_turns": 0}}, "metadata.options"),
        (None, {"options": {"max_turns": True}}, "metadata.options"),
        (None, {"options": {"allowed_tools": "Bash"}}, "metadata.options"),
        (None, {"options": {"allowed_tools": ["--dangerously-skip-permissions"]}}, "metadata.options"),
        (None, {"options": {"allowed_tools": [" -p"]}}, "metadata.options"),
        (None, {"gate": ["make"]}, "metadata.gate"),
        (None, {"gate": {}}, "metadata.gate"),
        (None, {"gate": {"argv": [" "]}}, "metadata.gate"),
        (None, {"gate": {"argv": ["make"], "timeout_s": 0}}, "metadata.gate"),
        (None, {"gate": {"argv": ["make"], "max_runs": True}}, "metadata.gate"),
        ("ls", {"gate": {"argv": ["make"]}}, "metadata.gate"),
    ],
)
def test_a_command_that_nobody_could_execute_is_refused(
    command: str | None, metadata: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidValueError) as refusal:
        edited(MADE, text=command, metadata=metadata)
    assert refusal.value.details["field"] == field
    assert refusal.value.message.endswith(".")


ASKS = Command(id="c", module="ask", command="ask", metadata={"question": "Go on?", "answers": []}, timestamp=START)


@pytest.mark.parametrize("command", ["noop", "echo yes", "shell", "claude"])
def test_a_question_stays_one(command: str) -> None:
    with pytest.raises(InvalidValueError, match="answer it, skip it or mark it done"):
        edited(ASKS, text=command, metadata={"argv": ["a"], "prompt": "b"})
    assert edited(ASKS, text="ask", metadata={"question": "Really?"}).metadata["question"] == "Really?"


def test_a_number_that_cannot_be_kept_is_refused() -> None:
    with pytest.raises(InvalidValueError, match="64-bit"):
        edited(MADE, text=None, metadata={"extra": {"deep": [2**64]}})


def test_what_the_step_itself_put_there_is_its_own_business() -> None:
    odd = edited(MADE, text=None, metadata={})
    assert odd == MADE
    absolute = Command(id="c", module="m", command="ls", metadata={"working_directory": "/", "env": 5}, timestamp=START)
    assert edited(absolute, text="ls -l", metadata={}).metadata == absolute.metadata


@pytest.mark.parametrize(
    ("command", "metadata"),
    [
        ("noop", {}),
        ("read_file", {"path": "docs/a.md"}),
        ("spawn_sessions", {"child_session_ids": [1, 2]}),
        ("echo 'a' && ls", {"env": {"A": "", "b": "ü"}, "working_directory": "."}),
        (None, {"timeout_s": 0.5, "working_directory": "a/b"}),
        (None, {"options": {}}),
        (None, {"options": {"model": "claude-x", "max_turns": 3, "allowed_tools": ["Bash(npm test:*)"], "new": 1}}),
        (None, {"gate": {"argv": ["make", "lint"]}}),
        (None, {"gate": {"argv": ["make"], "timeout_s": 0.5, "max_runs": 1, "new": 1}}),
        (None, {"reports": {"argv": 5}, "anything": [None, {"else": {}}]}),
    ],
)
def test_a_command_that_can_be_executed_is_taken(command: str | None, metadata: dict[str, Any]) -> None:
    changed = edited(MADE, text=command, metadata=metadata)
    assert changed.command == (command or "claude")
    assert changed.metadata == {**MADE.metadata, **metadata}
