"""Each step with a context made by hand: no daemon, no agent, no file."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from treadle.domain.command import CLAUDE, READ_FILE
from treadle.domain.interaction import Interaction
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.workflows.contract import StepContext
from treadle_changelog.session_type import CHANGELOG_ENTRY
from treadle_changelog.steps import ChangelogOptions, Check, Look, Revise, Write

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OPTIONS = {"description": "Division by zero says where it happened.", "longest": 60}
BEFORE = "# Changes\n\n## Unreleased\n"
ENTRY = "Division by zero says where."


def context(**changes: Any) -> StepContext:
    session = Session(
        id=1,
        uid="6a1ff3a5-30c5-4b8c-9a53-6a46ae8b3f0e",
        type="changelog_entry",
        type_version=1,
        account_id=1,
        user_id=1,
        agent=Agent.CLAUDE_CODE,
        environment=Environment.LOCAL,
        execution_mode=ExecutionMode.AGENTIC,
        status=SessionStatus.ACTIVE,
        inserted_at=NOW,
        updated_at=NOW,
        options=OPTIONS,
    )
    return replace(StepContext(scope=LOCAL, session=session, command_id="c1", now=NOW, attempt=1), **changes)


def read(content: str) -> Result:
    """What a client reports of a file that it has read."""
    data = {"path": "CHANGELOG.md", "content": content}
    return Result(id="r1", status=ResultStatus.OK, timestamp=NOW, data=data)


def not_read(reason: str) -> Result:
    return Result(id="r1", status=ResultStatus.ERROR, timestamp=NOW, error_message=reason)


def test_the_changelog_is_read_where_the_person_said() -> None:
    command = Look().get_command(context())
    assert (command.command, command.metadata) == (READ_FILE, {"path": "CHANGELOG.md"})


def test_without_a_changelog_the_session_fails_at_once() -> None:
    outcome = Look().handle_result(context(), not_read("CHANGELOG.md does not exist."))
    assert outcome.status is SessionStatus.FAILED
    assert outcome.failure_reason == "The changelog cannot be read: CHANGELOG.md does not exist."


def test_the_agent_is_told_what_to_write_and_where() -> None:
    command = Write().get_command(context())
    assert (command.command, command.metadata["conversation"]) == (CLAUDE, "new")
    prompt = str(command.metadata["prompt"])
    assert "changelog `CHANGELOG.md` in the current folder" in prompt
    assert "Division by zero says where it happened." in prompt
    assert "at most 60 characters" in prompt


def test_a_good_entry_is_kept_in_the_sessions_state() -> None:
    outcome = Check().handle_result(context(last_results={"look": read(BEFORE)}), read(f"{BEFORE}- {ENTRY}\n"))
    assert outcome.result.status is ResultStatus.OK
    assert outcome.result.data == {"verdict": f"Added: {ENTRY}"}
    assert outcome.state == {"entry": ENTRY}


def test_a_bad_entry_goes_back_to_the_agent_in_the_same_conversation() -> None:
    checked = Check().handle_result(context(last_results={"look": read(BEFORE)}), read(f"{BEFORE}- Short\n")).result
    assert checked.error_message == "The entry does not end with a full stop."
    after = CHANGELOG_ENTRY.step_after("check", checked.status)
    assert isinstance(after, Revise)

    interaction = Interaction(
        id="i1",
        session_id=1,
        position=1,
        attempt=1,
        command=Check().get_command(context()),
        inserted_at=NOW,
        result=checked,
    )
    command = after.get_command(context(last_interaction=interaction, last_results={"check": checked}))
    assert command.metadata["conversation"] == "continue"
    assert "`The entry does not end with a full stop.`" in str(command.metadata["prompt"])


@pytest.mark.parametrize(
    "options", [{}, {"description": " "}, {**OPTIONS, "longest": 5}, {**OPTIONS, "longest": "60"}, {**OPTIONS, "x": 1}]
)
def test_options_that_no_session_can_have(options: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ChangelogOptions.model_validate(options)
