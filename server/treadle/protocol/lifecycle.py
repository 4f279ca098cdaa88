"""Messages of `session/*` by which a person changes a session, or ends it."""

from typing import Annotated

from pydantic import Field

from treadle.domain.session import Agent, ExecutionMode
from treadle.protocol.wire import JsonObject, Params, Response

Reason = Field(min_length=1, max_length=1_000, pattern=r"\S")


class SessionUpdateParams(Params):
    """A member that is left out stays as it is."""

    session_id: int
    title: str | None = Field(default=None, max_length=200)
    """Null clears it."""
    agent: Agent | None = None
    """Null leaves it as it is."""
    component_id: int | None = None
    """Of the session's project; null clears it, where the type needs none."""


class SessionChangeParams(Params):
    session_id: int | None = None
    """Null: as for `session/create`; else as for `session/update` of this session."""
    attributes: JsonObject
    """The members of that request's params, without the session id. Whatever they are, they are judged, not refused."""


class AttributeProblem(Response):
    """What is wrong with one attribute."""

    field: str
    """Its path, such as `options.max_turns`."""
    code: str
    """As in `data.code` of the error that the real request would get."""
    message: str
    """One sentence."""


class SessionChangeResponse(Response):
    valid: bool
    """Whether the real request would be accepted now."""
    errors: list[AttributeProblem]
    """The first hundred, in the order in which the real request looks; it is refused with the first."""


class SessionDeleteParams(Params):
    session_id: int
    work_done_token: int | Annotated[str, Field(max_length=1_000)] | None = None
    """With it the answer waits until all rows are gone, and LSP's `$/progress` with this token tells how far it is;
    without it the answer comes as soon as nobody can see the session any more. `$/cancelRequest` ends the waiting, not
    the deletion."""


class SessionDeleteResponse(Response):
    deleted_ids: list[int]
    """The session and its descendants."""
    purged: bool
    """Whether their rows are gone too. False: they go in the background, or once the disk or the daemon allows it."""


class SessionPauseParams(Params):
    """No further step begins. Of one that is under way an agent is broken off and held until the session goes on; any
    other goes on to its end."""

    session_id: int
    reason: str | None = Field(default=None, max_length=1_000)
    """Kept in the event."""


class SessionResumeParams(Params):
    session_id: int


class SessionCancelParams(Params):
    """Cancels the active sessions below it too."""

    session_id: int
    reason: str | None = Field(default=None, max_length=1_000)
    """Kept in the event and in `failureReason`."""


class SessionReopenParams(Params):
    """The caps begin to count anew. A session whose workflow is finished is complete again at `session/nextCommand`,
    unless a step of it is run again first."""

    session_id: int
    reason: str = Reason
    """Kept in the event."""


class SessionSetModeParams(Params):
    """A pending interaction that nobody is executing is made anew; another one finishes as it is. With `now` it stays,
    for the one who goes on with it."""

    session_id: int
    execution_mode: ExecutionMode
    """The new one."""
    now: bool = False
    """Who executes it in the other mode gives it up at once, as an interrupted one: its agent's conversation goes
    on."""
