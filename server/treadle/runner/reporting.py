"""Hands the result of a step in, and tells the person what it was taken for."""

from treadle.agents.lenient import JsonObject, an_object
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, RemoteError
from treadle.domain.result import Result
from treadle.domain.transitions import TERMINAL_CODES
from treadle.runner import results
from treadle.runner.claim import Keeper
from treadle.runner.outbox import Outbox
from treadle.runner.patience import with_patience
from treadle.runner.progress import Progress
from treadle.runner.stop import Stop
from treadle.runner.work import Work

OVERTAKEN = TERMINAL_CODES | {"interaction_completed"}
"""Others were quicker: the session has ended, or the step is done or superseded. What comes next is asked for again."""


class Reporting:
    def __init__(self, connection: Connection, outbox: Outbox, *, progress: Progress, stop: Stop) -> None:
        self._connection = connection
        self._outbox = outbox
        self._progress = progress
        self._stop = stop

    def hand_in(self, work: Work, result: Result, keeper: Keeper | None) -> None:
        """While the executor goes on; it is told to the person when that is over.

        :raises ClientError: the daemon has not taken it; its id makes trying again harmless
        """
        self._outbox.flush()
        if keeper is not None:
            keeper.reporting.set()
        try:
            self._send(work, result)
        except ClientError as error:
            if isinstance(error, RemoteError) and error.code in OVERTAKEN:
                return
            if keeper is not None:
                keeper.reporting.clear()  # until it is taken, a claim that is lost must be noticed
            raise

    def report(self, work: Work, result: Result) -> JsonObject:
        """The result as the step has read it; empty when it was not needed any more."""
        try:
            # Its id makes a result that is sent again harmless; executing again would not be.
            answer = with_patience(lambda: self._send(work, result), gives_up=lambda: self._stop.is_requested)
        except RemoteError as error:
            if error.code not in OVERTAKEN:
                raise
            # The first result wins.
            self._progress.noted(f"The result of {work.step} was not needed any more: {error.message}")
            return {}
        interaction = an_object(answer.get("interaction"))
        self._progress.step_ended(work, interaction)
        return an_object(interaction.get("result"))

    def _send(self, work: Work, result: Result) -> JsonObject:
        return self._connection.call("session/handleResult", {**work.key, "result": results.on_the_wire(result)})
