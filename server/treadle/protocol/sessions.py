"""Messages of `session/*` and `sessionType/*`."""

from pydantic import Field

from treadle.domain.event import (
    DEFAULT_PAGE_EVENTS,
    MAX_BATCH_EVENTS,
    MAX_PAGE_EVENTS,
    MAX_PAGE_OFFSET,
    EventOrder,
    EventSource,
    EventType,
)
from treadle.domain.session import Agent, Environment, ExecutionMode, SessionStatus
from treadle.protocol.entities import (
    InteractionView,
    ResultInput,
    SessionEventInput,
    SessionEventView,
    SessionHead,
    SessionTypeView,
)
from treadle.protocol.terminals import SourceView
from treadle.protocol.wire import JsonObject, Params, Response, Timestamp


class SessionCreateParams(Params):
    type: str
    """The id of an installed session type, or the name of a workflow of the project; the session keeps what that says
    now."""
    component_id: int | None = None
    """Of the same project; required where the type says so."""
    title: str | None = Field(default=None, max_length=200)
    """A person's words."""
    agent: Agent = Agent.CLAUDE_CODE
    environment: Environment = Environment.VSCODE
    """Whose working copy it changes: `vscode` the person's open checkout, `local` a branch of its own."""
    execution_mode: ExecutionMode = ExecutionMode.MANUAL
    """`manual`: step by step in the person's terminal; `agentic`: in the background."""
    parent_session_id: int | None = None
    """The session that it is a part of."""
    project_id: int | None = None
    """Narrows the connection's scope; null means the connection's own project, if it has one."""
    root: str | None = Field(default=None, min_length=1, max_length=4_096)
    """The folder of the project that the session is meant for, trusted with what it held when it was opened last;
    null means the one where somebody trusted the project last."""
    options: JsonObject = Field(default_factory=dict)
    """By the type's `optionsSchema`; those of an agent are `model`, `max_turns` and more. Kept as they are given:
    what is left out gets its default where it is used."""


class SessionResponse(Response):
    session: SessionHead


class SessionGetParams(Params):
    session_id: int
    cursor: str | None = None
    limit: int = Field(default=200, ge=1, le=1_000)


class SessionGetResponse(Response):
    """A session with its interactions, oldest first, in pages bounded by bytes when they are many."""

    session: SessionHead
    sources: list[SourceView]
    """What tells of the agent in its last terminal, and whether it does; none: it never had a terminal."""
    interactions: list[InteractionView]
    """Oldest first; a page may hold fewer than asked for when they are large."""
    next_cursor: str | None


class SessionListParams(Params):
    """Filters: a session must pass all that are not null."""

    project_id: int | None = None
    """Only sessions of this project."""
    status: SessionStatus | None = None
    """Only sessions of this status."""
    type: str | None = None
    """The id of a session type, which need not be installed any more."""
    component_id: int | None = None
    parent_session_id: int | None = None
    """Only the children of this session, not theirs."""
    cursor: str | None = None
    limit: int = Field(default=50, ge=1, le=500)


class SessionListResponse(Response):
    """Newest first."""

    data: list[SessionHead]
    """A page may hold fewer than asked for when they are large."""
    next_cursor: str | None


class SessionNextCommandParams(Params):
    session_id: int
    regenerate: bool = False
    """Supersede a pending interaction and make a new one."""


class SessionNextCommandResponse(Response):
    interaction: InteractionView
    session: SessionHead


class SessionHandleResultParams(Params):
    session_id: int
    interaction_id: str
    result: ResultInput


class SessionHandleResultResponse(Response):
    session: SessionHead
    interaction: InteractionView


class SessionHandleEventParams(Params):
    session_id: int
    event: SessionEventInput


class SessionHandleEventsParams(Params):
    session_id: int
    events: list[SessionEventInput] = Field(min_length=1, max_length=MAX_BATCH_EVENTS)
    """All or none of them are stored."""


class SessionHandleEventsResponse(Response):
    session: SessionHead
    count: int
    """How many of the batch were new; the others had been stored before."""
    last_id: int | None
    """The highest id among the events of the batch; null: the batch was empty."""


class SessionGetEventsParams(Params):
    session_id: int
    event_types: list[EventType] | None = None
    """Only events of these types."""
    interaction_id: str | None = None
    """Only events of this interaction."""
    without_interaction: bool = False
    """Only events that belong to no interaction: what happened between them, or was done to the session itself."""
    source: EventSource | None = None
    """Only events from there."""
    sent_from: Timestamp | None = None
    """Only events that happened then or later."""
    sent_until: Timestamp | None = None
    """Only events that happened before."""
    after_id: int | None = None
    """Only events that arrived after this one."""
    order: EventOrder = EventOrder.SENT_AT
    """`sentAt`: as it happened; `id`: as it arrived, for live tails."""
    descending: bool = False
    """Newest first."""
    cursor: str | None = None
    offset: int = Field(default=0, ge=0, le=MAX_PAGE_OFFSET)
    """How many events the first page leaves out; not together with a cursor, which serves for going far."""
    limit: int = Field(default=DEFAULT_PAGE_EVENTS, ge=1, le=MAX_PAGE_EVENTS)


class SessionGetEventsResponse(Response):
    data: list[SessionEventView]
    next_cursor: str | None


class SessionTypeListParams(Params):
    project_id: int | None = None
    """Also the workflows of this project, if its folder is trusted; null: of the connection's own, if it has one."""


class SessionTypeListResponse(Response):
    data: list[SessionTypeView]
    next_cursor: str | None
    problems: list[str]
    """One sentence for each plug-in, and each workflow, that could not be used."""
