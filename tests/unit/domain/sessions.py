"""A session and an interaction to vary."""

from tests.factories import START, make_result
from treadle.domain.command import Command
from treadle.domain.interaction import Interaction
from treadle.domain.session import Agent, Environment, ExecutionMode, Session, SessionStatus

SESSION = Session(
    id=7,
    uid="u",
    type="example",
    type_version=1,
    account_id=1,
    user_id=1,
    agent=Agent.CLAUDE_CODE,
    environment=Environment.LOCAL,
    execution_mode=ExecutionMode.AGENTIC,
    status=SessionStatus.ACTIVE,
    inserted_at=START,
    updated_at=START,
)

INTERACTION = Interaction(
    id="i",
    session_id=SESSION.id,
    position=1,
    attempt=1,
    command=Command(id="c", module="write", command="noop", timestamp=START),
    inserted_at=START,
    result=make_result(),
    completed_at=START,
)
