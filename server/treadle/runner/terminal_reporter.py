"""Tells the daemon what is seen of an agent in a terminal, in a thread of its own: the terminal never waits for it."""

import json
import queue
import threading
from collections import deque
from collections.abc import Iterable
from time import monotonic

from treadle.agents.lenient import JsonObject, objects, text
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, RemoteError
from treadle.runner.patience import RETRY_SECONDS, TRANSIENT
from treadle.runner.terminal_sources import Outputs, Transcript

LOOK_SECONDS = 0.2
SIGN_OF_LIFE_SECONDS = 5.0
ANSWER_SECONDS = 10.0
CLOSE_SECONDS = 10.0
MAX_OBSERVATIONS = 500
MAX_BYTES = 2 * 1024 * 1024
MAX_WAITING = 5_000
"""While the daemon is away, more stays on the disk."""
GONE = frozenset({"terminal_not_found", "session_not_found"})


class TerminalReporter:
    def __init__(
        self,
        connection: Connection,
        *,
        session_id: int,
        terminal_id: int,
        conversation_id: str,
        transcript: Transcript,
        outputs: Outputs,
    ) -> None:
        self._connection = connection
        self._key = {"sessionId": session_id, "terminalId": terminal_id}
        self._conversation_id = conversation_id
        self._transcript = transcript
        self._outputs = outputs
        self._statuses: queue.SimpleQueue[JsonObject] = queue.SimpleQueue()
        self._waiting: deque[tuple[str, JsonObject]] = deque()
        self._batch_limit = MAX_OBSERVATIONS
        self._recorder: str | None = None
        self._told_at = monotonic()
        self._is_over = threading.Event()
        self._pause = threading.Event()
        self._close_by = float("inf")
        self.sources: dict[str, str] = {}
        """The state of each, as the daemon knows it."""
        self._thread = threading.Thread(target=self._report, name="terminal", daemon=True)
        self._thread.start()

    def status(self, observation: JsonObject) -> None:
        self._statuses.put(observation)

    def close(self) -> None:
        """What there is yet is told, if the daemon takes it soon."""
        self._close_by = monotonic() + CLOSE_SECONDS
        self._is_over.set()
        self._thread.join(CLOSE_SECONDS)
        self._connection.close()

    def _report(self) -> None:
        is_over = False
        while not is_over:
            is_over = self._is_over.wait(LOOK_SECONDS)
            self._look()
            try:
                while self._waiting or monotonic() > self._told_at + SIGN_OF_LIFE_SECONDS:
                    self._send()
                    self._look()
            except ClientError as error:
                if isinstance(error, RemoteError) and error.code in GONE:
                    return  # the run is told elsewhere
                is_over = monotonic() > self._close_by
                if not is_over:
                    self._pause.wait(RETRY_SECONDS)

    def _look(self) -> None:
        for _ in range(self._statuses.qsize()):
            status = self._statuses.get()
            self._conversation_id = text(status.get("conversationId")) or self._conversation_id
            self._transcript.follow(self._conversation_id)
            self._waiting.append(("status", status))
        if len(self._waiting) >= MAX_WAITING:
            return
        lines = self._transcript.observations()
        for line in lines:
            self._outputs.heard(line)
        self._add("transcript", lines)
        self._add("output", self._outputs.observations(self._conversation_id))

    def _add(self, source: str, observations: Iterable[JsonObject]) -> None:
        self._waiting.extend((source, each) for each in observations)

    def _send(self) -> None:
        """The next that are of one source; none: a sign of life.

        :raises ClientError: they still wait
        """
        source, batch = self._next_batch()
        params = {**self._key, "recorder": self._recorder, "source": source, "observations": batch}
        try:
            answer = self._connection.call("terminal/observe", params, timeout=ANSWER_SECONDS)
        except RemoteError as error:
            if not batch or error.code in (TRANSIENT, *GONE):
                raise
            self._refused(len(batch))
            return
        for _ in batch:
            self._waiting.popleft()
        self._batch_limit = min(2 * self._batch_limit, MAX_OBSERVATIONS)
        self._told_at = monotonic()
        self.sources = {text(each.get("source")): text(each.get("state")) for each in objects(answer.get("sources"))}
        recorder = text(answer.get("recorder"))
        if self._recorder not in (None, recorder):
            self._tell_again()
        self._recorder = recorder

    def _next_batch(self) -> tuple[str, list[JsonObject]]:
        source = self._waiting[0][0] if self._waiting else "status"
        batch: list[JsonObject] = []
        size = 0
        for of, observation in self._waiting:
            size += len(json.dumps(observation))
            if of != source or len(batch) == self._batch_limit or (batch and size > MAX_BYTES):
                break
            batch.append(observation)
        return source, batch

    def _refused(self, size: int) -> None:
        """One that the daemon does not take, such as a line with too many values, takes no other with it."""
        if size == 1:
            self._waiting.popleft()
        self._batch_limit = max(1, size // 2)

    def _tell_again(self) -> None:
        """To a daemon that was started anew: it knows what was stored, and not what led to it."""
        self._waiting = deque(each for each in self._waiting if each[0] != "transcript")
        self._transcript.again()
