from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from treadle.domain.command import Command
from treadle.domain.interaction import Claim, Interaction
from treadle.domain.result import Result, ResultStatus
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.rpc.views import interaction_view, session_head, session_type_view
from treadle.workflows.component_test import COMPONENT_TEST

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
CLAIM = Claim(client_id="c", client_name=None, claimed_at=NOW, expires_at=LATER)
COMMAND = Command(id="c1", module="run_tests", command="shell", metadata={"argv": ["a"]}, timestamp=NOW)
PENDING = Interaction(id="i1", session_id=1, position=1, attempt=1, command=COMMAND, inserted_at=NOW, claim=CLAIM)
SESSION = Session(
    id=1,
    uid="u",
    type="component_test",
    type_version=1,
    account_id=1,
    user_id=1,
    agent=Agent.CLAUDE_CODE,
    environment=Environment.LOCAL,
    execution_mode=ExecutionMode.AGENTIC,
    status=SessionStatus.ACTIVE,
    inserted_at=NOW,
    updated_at=NOW,
    state={"a": [1, None]},
    pending_interaction=PENDING,
)


@pytest.mark.requirement("claim.interrupted")
def test_an_interaction_is_interrupted_when_its_claim_has_run_out() -> None:
    assert not interaction_view(PENDING, NOW).interrupted
    assert interaction_view(PENDING, LATER).interrupted
    assert not interaction_view(replace(PENDING, claim=None), LATER).interrupted


def test_nothing_is_left_out_on_the_wire() -> None:
    said = session_head(SESSION, NOW).model_dump(mode="json", by_alias=True)
    assert said["failureReason"] is None
    assert said["state"] == {"a": [1, None]}
    assert said["insertedAt"] == "2026-01-02T03:04:05.000006Z"
    assert said["pendingInteraction"] == {
        "id": "i1",
        "sessionId": 1,
        "position": 1,
        "attempt": 1,
        "step": "run_tests",
        "command": {
            "id": "c1",
            "module": "run_tests",
            "command": "shell",
            "metadata": {"argv": ["a"]},
            "timestamp": "2026-01-02T03:04:05.000006Z",
        },
        "result": None,
        "insertedAt": "2026-01-02T03:04:05.000006Z",
        "completedAt": None,
        "supersededAt": None,
        "claim": {
            "clientId": "c",
            "clientName": None,
            "claimedAt": "2026-01-02T03:04:05.000006Z",
            "expiresAt": "2026-01-02T03:04:06.000006Z",
        },
        "interrupted": False,
    }


def test_a_result() -> None:
    result = Result(id="r", status=ResultStatus.ERROR, error_message="no", timestamp=NOW, code=1)
    view = interaction_view(replace(PENDING, result=result, completed_at=NOW), LATER)
    assert view.result is not None
    assert (view.result.status, view.result.error_message, view.interrupted) == (ResultStatus.ERROR, "no", False)


def test_a_session_type() -> None:
    view = session_type_view(COMPONENT_TEST)
    assert (view.max_attempts, view.max_steps) == (5, 200)
    assert view.options_schema["properties"].keys() == {  # type: ignore[union-attr]
        *("model", "max_turns", "permission_mode"),
        *("budget_usd", "ask_timeout_s", "stall_timeout_s"),
    }
    routes = {step.name: (step.routes.ok, step.routes.warning, step.routes.error) for step in view.steps}
    assert routes == {
        "initialize": ("generate_tests", "generate_tests", "initialize"),
        "generate_tests": ("run_tests", "run_tests", "generate_tests"),
        "run_tests": ("finalize", "finalize", "fix_tests"),
        "finalize": (None, None, "finalize"),
        "fix_tests": ("run_tests", "run_tests", "fix_tests"),
    }
    assert [step.name for step in view.steps if not step.detour] == [step.name for step in COMPONENT_TEST.line]
    assert [step.name for step in view.steps if step.detour] == [step.name for step in COMPONENT_TEST.detours]
