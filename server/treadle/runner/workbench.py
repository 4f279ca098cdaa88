"""What an executor has at hand, besides the work itself."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import JsonObject
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.domain.event import EventSource
from treadle.domain.result import Result
from treadle.runner.agent_inbox import Inbox
from treadle.runner.agent_messages import Saying
from treadle.runner.leftovers import Leftovers
from treadle.runner.outputs import Content, Uploaded
from treadle.runner.progress import Progress
from treadle.runner.stop import Stop
from treadle.runner.work import Work


class StoppedError(Exception):
    """The executor ended its children because the run stops; there is no result."""


class PersonNeededError(ClientError):
    """The step has failed for a reason that only a person can mend; trying again at once would fail too."""


class AnsweredElsewhereError(Exception):
    """The question stands no more; its sentence says what has become of it."""


class DoneElsewhereError(Exception):
    """The step needs no result any more; its sentence says what has become of it."""


class SessionDeletedError(ClientError):
    """Somebody deleted the session while it was run; there is nothing to go on with."""

    def __init__(self, session_id: int) -> None:
        super().__init__(f"Session {session_id} was deleted; this run of it has ended.", ExitCode.SESSION_FAILED)


class ModeSwitchedError(ClientError):
    """Somebody has decided meanwhile how the session goes on: not as this run was going."""

    def __init__(self, session_id: int, mode: str) -> None:
        message = f"Session {session_id} was switched to mode {mode}; this run of it has ended."
        super().__init__(message, ExitCode.INTERRUPTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    project_root: Path
    data_dir: Path
    environ: Mapping[str, str]
    """The person's own."""
    stop: Stop
    leftovers: Leftovers
    progress: Progress
    emit: Callable[[EventDraft, EventSource], None]
    upload: Callable[[Content], Uploaded]
    begun_conversation: Callable[[], str | None]
    """The conversation that an earlier, interrupted execution of this very interaction began."""
    latest_conversation: Callable[[], str | None]
    """The conversation that the session's agent was in last."""
    followed: Callable[[], AbstractContextManager[Inbox]]
    """What people do to the session from now on."""
    witnessed: Callable[[], AbstractContextManager[Inbox]]
    """That, and what the daemon hears from an agent in a terminal."""
    heard: Callable[[EventDraft], None]
    """To be told of what the daemon has heard: what an agent's tools say of files is not told again."""
    unread_sayings: Callable[[], Sequence[Saying]]
    """What people said to the agent of this interaction that it has not read."""
    own_events: Callable[[Sequence[str]], Iterable[JsonObject]]
    """Those of this interaction that have one of these types, oldest first."""
    asks_wait: bool
    """Whether what the agent asks waits for a person; else nobody can be asked."""
    new_id: Callable[[], str]
    ask: Callable[[str, Mapping[str, object]], Mapping[str, object]]
    """The daemon; raises as `Connection.call` does."""
    connect: Callable[[], Connection]
    """Another connection to the daemon, for a thread of its own."""
    hand_in: Callable[[Result], None]
    """The step is done, though its executor goes on for a while: with this very result.

    Raises as `Connection.call` does.
    """
    in_terminal: bool
    """The person who is here does the agents' steps with them, in this terminal."""
    run_session: "RunSession"


class RunSession(Protocol):
    """Runs another session in this process, in any thread."""

    def __call__(self, session_id: int, *, root: Path, progress: Progress, stop: Stop) -> None:
        """Returns when it has ended, whichever way.

        :raises StoppedError: it was asked to stop
        :raises ClientError: it cannot go on
        """


Executor = Callable[[Work, Workbench], Result]
