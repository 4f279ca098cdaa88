"""Values that a workflow test needs, with everything that it does not care about filled in."""

from dataclasses import replace
from datetime import UTC, datetime
from xml.sax.saxutils import escape, quoteattr

from treadle.domain.command import Command
from treadle.domain.interaction import Interaction
from treadle.domain.project import Component, Project
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus
from treadle.workflows.contract import SessionType, StepContext

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
PYTEST = [".venv/bin/python", "-m", "pytest"]
COMPONENT = Component(
    id=7,
    project_id=3,
    name="Calculator",
    kind="module",
    paths={
        "design": "docs/design/calculator.md",
        "code": "src/calculator.py",
        "tests": "tests/test_calculator.py",
    },
)


def make_project(**settings: object) -> Project:
    return Project(
        id=3,
        account_id=1,
        name="calculator",
        root="/home/someone/calculator",
        first_commit=None,
        remote=None,
        settings={"test_command": PYTEST, **settings},
        inserted_at=NOW,
        updated_at=NOW,
    )


def make_session(**changes: object) -> Session:
    session = Session(
        id=12,
        uid="6a1ff3a5-30c5-4b8c-9a53-6a46ae8b3f0e",
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
        project_id=3,
        component_id=7,
    )
    return replace(session, **changes)  # type: ignore[arg-type]


def make_context(**changes: object) -> StepContext:
    context = StepContext(
        scope=LOCAL,
        session=make_session(),
        command_id="d9a8a3a1-2f0d-4e0b-9d0b-0d9e8b8f6a11",
        now=NOW,
        attempt=1,
        project=make_project(),
        component=COMPONENT,
        components=(COMPONENT,),
    )
    return replace(context, **changes)  # type: ignore[arg-type]


def make_result(status: ResultStatus = ResultStatus.OK, **changes: object) -> Result:
    message = None if status in (ResultStatus.OK, ResultStatus.PENDING) else "It did not work."
    result = Result(id="r1", status=status, timestamp=NOW, error_message=message)
    return replace(result, **changes)  # type: ignore[arg-type]


def make_completed(session_type: SessionType, step_name: str, status: ResultStatus) -> Interaction:
    step = session_type.step(step_name)
    assert step is not None
    return Interaction(
        id="i1",
        session_id=12,
        position=1,
        attempt=1,
        command=step.command(make_context(), "noop"),
        inserted_at=NOW,
        result=make_result(status),
    )


def make_interaction(step: str, **metadata: object) -> Interaction:
    command = Command(id="c1", module=step, command="shell", metadata=metadata, timestamp=NOW)
    return Interaction(id="i1", session_id=12, position=3, attempt=1, command=command, inserted_at=NOW)


def case(name: str, ending: str | None = None, text: str = "", message: str = "") -> str:
    if ending is None:
        return f'<testcase classname="tests.test_calculator" name={quoteattr(name)} />'
    child = f"<{ending} message={quoteattr(message)}>{escape(text)}</{ending}>"
    return f'<testcase classname="tests.test_calculator" name={quoteattr(name)}>{child}</testcase>'


def report(*cases: str) -> str:
    return f'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite>{"".join(cases)}</testsuite></testsuites>'


def collection_error(raised: str) -> str:
    text = f"tests/test_calculator.py:3: in <module>\n    from calculator import evaluate\nE   {raised}"
    error = f'<error message="collection failure">{escape(text)}</error>'
    return f'<testcase classname="" name="tests.test_calculator">{error}</testcase>'


def make_run(text: object, code: int | None, *, exists: dict[str, bool] | None = None, **changes: object) -> Result:
    """What a client reports of run_tests."""
    data: dict[str, object] = {"reports": {"junit.xml": text}}
    if exists is not None:
        data["fingerprints"] = {path: "0" * 64 if is_there else None for path, is_there in exists.items()}
    status = ResultStatus.OK if code == 0 else ResultStatus.ERROR
    return make_result(status, data=data, code=code, **changes)
