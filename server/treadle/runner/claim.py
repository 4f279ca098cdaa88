"""Executing is exclusive: take the interaction, keep it by heartbeat, give it back."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from treadle.agents.lenient import an_object, optional_text
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.domain.interaction import CLAIM_LEASE
from treadle.domain.transitions import TERMINAL_CODES
from treadle.runner.patience import TRANSIENT
from treadle.runner.progress import Progress
from treadle.runner.stop import Stop, StopReason
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError

HEARTBEAT_SECONDS = 5.0
POLL_SECONDS = 0.5
LAST_BEAT_SECONDS = 5.0
"""For a heartbeat that is under way when the step is over. The daemon may be there and not answer."""
WAIT_SECONDS = CLAIM_LEASE.total_seconds() + 5.0
PAUSED = "paused"
STEP_ENDED = "interaction_completed"
SESSION_ENDED = TERMINAL_CODES | {STEP_ENDED, "session_not_found"}


class ClaimedByAnotherError(ClientError):
    """Somebody else is executing the step, and is alive."""

    def __init__(self, session_id: int, holder: str) -> None:
        super().__init__(f"Session {session_id} is being run by {holder}.", ExitCode.CLAIMED)


def take(connection: Connection, work: Work, *, stop: Stop, progress: Progress) -> dict[str, object]:
    """Claim; when the holder is silent, wait until its claim runs out. Answers what the daemon says then.

    :raises ClaimedByAnotherError: the holder gave a sign of life meanwhile
    :raises StoppedError: the run was asked to stop while it waited
    """
    deadline = monotonic() + WAIT_SECONDS
    first_expiry: str | None = None
    while True:
        try:
            return connection.call("interaction/claim", work.key)
        except RemoteError as error:
            if error.code != "claimed":
                raise
            holder, expiry = _holder(connection, work, error.details)
        if first_expiry is None:
            first_expiry = expiry
            progress.noted(f"The step {work.step} is held by {holder}; waiting to see whether that still runs.")
        if expiry != first_expiry or monotonic() > deadline:
            raise ClaimedByAnotherError(work.session_id, holder)
        if stop.wait(POLL_SECONDS):
            raise StoppedError


def _holder(connection: Connection, work: Work, details: Mapping[str, object]) -> tuple[str, str]:
    claim = an_object(details.get("claim")) or details
    if not optional_text(claim.get("expiresAt")):
        answer = connection.call("session/nextCommand", {"sessionId": work.session_id})
        claim = an_object(an_object(answer.get("interaction")).get("claim"))
    name = optional_text(claim.get("clientName")) or optional_text(claim.get("clientId")) or "another client"
    return name, str(claim.get("expiresAt"))


@dataclass(frozen=True, slots=True)
class Keeper:
    reporting: threading.Event = field(default_factory=threading.Event)
    """Set when the result is being handed in: its answer tells what a refused heartbeat would."""


@contextmanager
def kept_alive(
    connection: Connection,
    work: Work,
    *,
    stop: Stop,
    seconds: float = HEARTBEAT_SECONDS,
    outlives_step: bool = False,
) -> Iterator[Keeper]:
    """Heartbeats in a thread; what they learn, that the session was cancelled perhaps, stops the run.

    `outlives_step`: that somebody else has ended the step does not; the executor has its own end.
    """
    done = threading.Event()
    keeper = Keeper()

    def beat() -> None:
        while not done.wait(seconds):
            try:
                _beat(connection, work)
            except RemoteError as error:
                if done.is_set():
                    return
                if outlives_step and error.code == STEP_ENDED:
                    return
                if error.code in (TRANSIENT, PAUSED) or keeper.reporting.is_set():
                    continue  # a full disk, perhaps only for now; a held agent's claim is taken when it goes on
                reason = StopReason.SESSION_ENDED if error.code in SESSION_ENDED else StopReason.CLAIM_LOST
                stop.request(reason, error)
                return
            except ClientError:
                continue  # the events' sender decides when the daemon is lost for good

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield keeper
    finally:
        done.set()
        thread.join(LAST_BEAT_SECONDS)


def _beat(connection: Connection, work: Work) -> None:
    try:
        connection.call("interaction/heartbeat", work.key)
    except RemoteError as error:
        if error.code != "not_claimed":
            raise
        # It ran out while the daemon was away, and nobody took it.
        connection.call("interaction/claim", work.key)


def give_back(connection: Connection, work: Work, *, interrupted: bool = False) -> None:
    """So that the next runner need not wait; a failure only costs it that wait.

    `interrupted`: somebody began to execute the step and died, which the daemon goes on telling everybody.
    """
    params = {**work.key, "interrupted": True} if interrupted else work.key
    with contextlib.suppress(ClientError):
        connection.call("interaction/release", params, timeout=5.0)
