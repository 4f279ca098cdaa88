"""Messages of `terminal/*`."""

from typing import Literal

from pydantic import Field

from treadle.domain.coverage import Source, SourceState
from treadle.protocol.wire import JsonObject, Params, Response, Timestamp

MAX_OBSERVATIONS = 500
Observing = Literal[Source.TRANSCRIPT, Source.STATUS, Source.OUTPUT]


class SourceOff(Params):
    source: Source
    """Which one."""
    reason: str = Field(min_length=1, max_length=500, pattern=r"\S")
    """For people."""


class TerminalOpenParams(Params):
    """The same `uid` again is answered with the same terminal and a new token; its old one counts no more."""

    session_id: int
    interaction_id: str
    """The pending interaction, whose agent is about to start in a terminal."""
    uid: str = Field(min_length=1, max_length=50)
    """Made by the client, best a UUID, unique in the session."""
    conversation_id: str = Field(min_length=1, max_length=100)
    """The agent's, with which it begins."""
    resumed: bool = False
    """Whether the conversation began earlier."""
    root: str = Field(min_length=1, max_length=4_096)
    """The folder in which the agent works: an absolute path."""
    off: list[SourceOff] = Field(default_factory=list, max_length=len(Source))
    """Which sources will tell nothing of it, and why."""


class TerminalOpenResponse(Response):
    terminal_id: int
    """For the other requests."""
    url: str
    """Where the daemon hears the agent: its hooks at `/hook`, its telemetry at `/v1/logs`."""
    token: str
    """The bearer token that is shown there. The daemon keeps only a digest of it."""


class TerminalObserveParams(Params):
    """What the client that opened the terminal sees of the agent on disk, in its order. To tell something again is
    harmless."""

    session_id: int
    terminal_id: int
    """Of an open terminal of that session."""
    recorder: str | None = Field(default=None, max_length=100)
    """Who took the last observations; null: nobody yet. Another one takes no lines of the transcript that go on from
    there: its answer asks for all of them."""
    source: Observing
    """Where it was seen."""
    observations: list[JsonObject] = Field(default_factory=list, max_length=MAX_OBSERVATIONS)
    """None: only a sign that the terminal is still there. Of the `transcript` its lines; of the `status` `status`
    (`busy`, `waiting`, `idle` or `shell`), `waitingFor`, `conversationId`, `pid`; of the `output` `conversationId`,
    `text`, `taskId`, `toolUseId` if it is known, `offset` (of the text in what the command printed)."""


class SourceView(Response):
    terminal_id: int
    """The terminal of which it tells."""
    source: Source
    """What tells of the agent in it."""
    state: SourceState
    """`waiting`: there was nothing yet that it should have told of; `silent`: another one told of something that it
    should have told of, too."""
    count: int
    """How often it was heard."""
    last_heard_at: Timestamp | None
    """Null: never."""
    reason: str | None
    """Why it is off, for people; null: it is not."""


class TerminalObserveResponse(Response):
    recorder: str
    """Who took it. Another one than before knows nothing of what was observed before: tell it all of the transcript
    again."""
    sources: list[SourceView]
    """All of them, as they are now."""


class TerminalCloseParams(Params):
    """The agent has ended. Again it changes nothing."""

    session_id: int
    terminal_id: int
    """Of a terminal of that session."""
    exit_code: int | None = None
    """Null: it is not known."""
    interrupted: bool = False
    """Whether it was ended from outside."""


class TerminalCloseResponse(Response):
    """Nothing."""
