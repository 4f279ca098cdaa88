"""A session to vary."""

from tests.factories import START
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
