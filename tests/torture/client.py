"""A real client that repeats what was not answered, with the same ids, until it is."""

import random
import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any, cast

from tests.torture.gate import Gate
from tests.torture.ledger import Json, Ledger, Life, Unanswered
from treadle.client.channel import Answer, Channel
from treadle.client.connection import Connection
from treadle.client.daemon import ensure_daemon
from treadle.client.errors import ClientError, RemoteError
from treadle.client.locations import Locations

PATIENCE_SECONDS = 90.0
"""After it a request that is not answered is lost: a client that cannot recover."""
CLAIMED_SECONDS = 40.0
"""Longer than a claim outlives its holder."""
CLAIMED_PAUSE_SECONDS = 0.05

NOT_REPEATABLE = "session/create"
"""It has no id: whether it was done is looked up."""

DONE_BEFORE: Mapping[str, frozenset[str]] = {
    "session/cancel": frozenset({"cancelled"}),
    "session/reopen": frozenset({"active"}),
    "session/delete": frozenset({"session_not_found"}),
    "interaction/skip": frozenset({"interaction_completed", "complete"}),
    "interaction/markDone": frozenset({"interaction_completed", "complete"}),
    "interaction/release": frozenset({"not_claimed", "interaction_completed"}),
    "interaction/rerun": frozenset({"step_limit"}),
}
"""How a repeated request is refused because the first one was carried out."""


class RefusedError(Exception):
    """The daemon said no, and may."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class WrongAnswerError(Exception):
    """The daemon did what it must not do."""


class CountingConnection(Connection):
    """The light client itself; only how often it sends a request is counted."""

    sent = 0

    def _request(self, channel: Channel, method: str, params: Mapping[str, object], timeout: float) -> Answer:
        self.sent += 1
        return super()._request(channel, method, params, timeout)


class Client:
    def __init__(self, number: int, seed: str, locations: Locations, gate: Gate) -> None:
        self.random = random.Random(f"{seed}/{number}")  # noqa: S311 - it is to be repeatable
        self.name = f"torture-{number}"
        self.gate = gate
        self.ledger = Ledger(client_id=f"client-{number}")
        self.locations = locations
        self.recovered = threading.Event()
        """Set by the first answer after it was cleared."""
        self.deleted = threading.Event()
        self._pause = threading.Event()
        self.connection = CountingConnection(self._open_socket, client_name=self.name, client_id=self.ledger.client_id)

    def _open_socket(self) -> Any:
        self.gate.pass_through()
        return ensure_daemon(self.locations)

    def ask(
        self,
        method: str,
        params: Json,
        *,
        life: Life | None = None,
        may: frozenset[str] = frozenset(),
        patient: bool = True,
    ) -> Json:
        """The answer, however often the daemon is killed meanwhile.

        `may`: refusals that are right just now. `patient`: wait for another client to let go of the step.

        :raises RefusedError: one of those
        :raises WrongAnswerError: another refusal, or no answer at all
        """
        self.gate.pass_through()
        if life is not None:
            life.unanswered = Unanswered(method, params)
        before = self.connection.sent
        try:
            answer = self._until_free(method, params) if patient else self._until_answered(method, params)
        except RemoteError as error:
            if life is not None:
                life.is_head_known = False
            self._told(life)
            if self.connection.sent - before > 1:
                may |= DONE_BEFORE.get(method, frozenset())
            if error.code in may:
                raise RefusedError(error.code) from error
            raise WrongAnswerError(f"{method} {_shown(params)} was refused: {error.code}: {error.message}") from error
        finally:
            self.ledger.repeated += max(0, self.connection.sent - before - 1)
        if life is not None:
            life.answered(answer)
        self._told(life)
        return answer

    def ask_of(
        self,
        life: Life,
        method: str,
        interaction: Json | None = None,
        *,
        may: frozenset[str] = frozenset(),
        **members: Any,
    ) -> Json:
        params: Json = {"sessionId": life.session_id, **members}
        if interaction is not None:
            params["interactionId"] = interaction["id"]
        return self.ask(method, params, life=life, may=may)

    def _told(self, life: Life | None) -> None:
        self.ledger.acknowledged += 1
        if life is not None:
            life.unanswered = None
        self.recovered.set()

    def _until_answered(self, method: str, params: Json) -> Json:
        deadline = monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return cast("Json", self.connection.call(method, params))
            except RemoteError:
                raise
            except ClientError as error:
                # The daemon was killed more often than the light client tries, or while it started.
                if monotonic() > deadline:
                    raise WrongAnswerError(f"{method} was never answered: {error.message}") from error
                if method == NOT_REPEATABLE and (found := self._created(str(params["title"]))) is not None:
                    return {"session": found}

    def _created(self, title: str) -> Json | None:
        """Whether a session was made though its answer was lost."""
        sessions: list[Json] = self._until_answered("session/list", {"limit": 200})["data"]
        found = [session for session in sessions if session["title"] == title]
        if len(found) > 1:
            raise WrongAnswerError(f"session/create made {len(found)} sessions {title}")
        return found[0] if found else None

    def _until_free(self, method: str, params: Json) -> Json:
        """Others try to take the steps of this client, and let them go at once."""
        deadline = monotonic() + CLAIMED_SECONDS
        while True:
            try:
                return self._until_answered(method, params)
            except RemoteError as error:
                if error.code != "claimed":
                    raise
                if monotonic() > deadline:
                    raise WrongAnswerError(f"{method}: a stale claim of {error.details} blocks the session") from error
            self.ledger.contended += 1
            self._pause.wait(CLAIMED_PAUSE_SECONDS)
            self.gate.pass_through()


def _shown(params: Mapping[str, Any]) -> str:
    """Without its bulk."""
    return str({key: value for key, value in params.items() if key not in ("events", "data")})[:300]
