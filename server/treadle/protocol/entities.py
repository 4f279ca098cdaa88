"""Entities as clients see them."""

from pydantic import Field

from treadle.domain.event import EventSource, EventType
from treadle.domain.result import ResultStatus
from treadle.domain.session import Agent, Environment, ExecutionMode, SessionStatus
from treadle.protocol.wire import JsonObject, Params, Response, Timestamp


class CommandView(Response):
    id: str
    module: str
    command: str
    metadata: JsonObject
    timestamp: Timestamp


class ResultView(Response):
    id: str
    status: ResultStatus
    data: JsonObject
    code: int | None
    error_message: str | None
    stdout: str | None
    stderr: str | None
    duration_ms: int | None
    timestamp: Timestamp


class ClaimView(Response):
    client_id: str
    client_name: str | None
    claimed_at: Timestamp
    expires_at: Timestamp


class InteractionView(Response):
    id: str
    session_id: int
    position: int
    attempt: int
    step: str
    command: CommandView
    result: ResultView | None
    inserted_at: Timestamp
    completed_at: Timestamp | None
    superseded_at: Timestamp | None
    claim: ClaimView | None
    interrupted: bool
    """Its holder died while executing it; a person's consent runs it again."""


class SessionHead(Response):
    """A session without its interactions but for the pending one."""

    id: int
    uid: str
    type: str
    type_version: int
    title: str | None
    account_id: int
    user_id: int
    project_id: int | None
    component_id: int | None
    parent_session_id: int | None
    agent: Agent
    environment: Environment
    execution_mode: ExecutionMode
    status: SessionStatus
    state: JsonObject
    options: JsonObject
    external_conversation_id: str | None
    paused_at: Timestamp | None
    failure_reason: str | None
    interaction_count: int
    event_count: int
    pending_interaction: InteractionView | None
    inserted_at: Timestamp
    updated_at: Timestamp


class SessionEventView(Response):
    id: int
    uid: str
    session_id: int
    interaction_id: str | None
    event_type: EventType
    source: EventSource
    data: JsonObject
    metadata: JsonObject | None
    sent_at: Timestamp
    inserted_at: Timestamp
    updated_at: Timestamp


class ProjectView(Response):
    id: int
    name: str
    root: str
    first_commit: str | None
    remote: str | None
    settings: JsonObject
    inserted_at: Timestamp
    updated_at: Timestamp


class ComponentView(Response):
    id: int
    project_id: int
    name: str
    kind: str
    parent_component_id: int | None
    paths: dict[str, str]


class RoutesView(Response):
    """Where each final result of a step leads: the name of a step, or null when it finishes the workflow."""

    ok: str | None
    warning: str | None
    error: str | None
    """The same step again, where the type has no other way."""


class StepView(Response):
    name: str
    kind: str
    detour: bool
    """Not of the straight way: only a route leads to it."""
    routes: RoutesView


class SessionTypeView(Response):
    id: str
    title: str
    description: str
    version: int
    needs_component: bool
    steps: list[StepView]
    """The straight way first, in its order."""
    options_schema: JsonObject
    """JSON Schema of `options` in `session/create`."""
    max_attempts: int
    """Of one step since it last ended ok or warning; a session that needs more fails."""
    max_steps: int
    """Of one session since it was started or reopened."""


class ResultInput(Params):
    """A result as a client reports it. Its id makes a retry harmless."""

    id: str = Field(min_length=1, max_length=64)
    status: ResultStatus
    data: JsonObject = Field(default_factory=dict)
    code: int | None = None
    error_message: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    duration_ms: int | None = Field(default=None, ge=0)
    timestamp: Timestamp | None = None


class SessionEventInput(Params):
    """An event as a client reports it. Its uid makes a retried batch harmless; `data` is kept byte for byte."""

    uid: str = Field(min_length=1, max_length=64)
    event_type: EventType
    sent_at: Timestamp
    data: JsonObject
    source: EventSource = EventSource.STREAM
    interaction_id: str | None = None
    metadata: JsonObject | None = None
