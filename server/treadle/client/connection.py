"""A connection that survives the daemon: it starts it again and repeats what it asked.

Repeating is safe because every change carries an id of the client's making (a result's, an event's, the claim's
holder) or says how it shall be. Creating a session, and what a person does to a step, do not, so those are never
silently repeated.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from socket import socket
from time import monotonic

from treadle.client.channel import Answer, Channel, ConnectionLostError, Notice
from treadle.client.errors import ClientError, ExitCode
from treadle.client.locations import Locations
from treadle.client.reach import reach_daemon, wait_for_daemon

ANSWER_SECONDS = 30.0
RETURN_SECONDS = 10.0
"""A runner notices within its heartbeat that the daemon is gone, and starts it again."""
ATTEMPTS = 3
FOR_EVER = -1
NOT_REPEATED = frozenset(
    {
        "session/create",
        "session/cancel",
        "session/reopen",
        "session/delete",
        "interaction/skip",
        "interaction/markDone",
        "interaction/rerun",
        "interaction/say",
        "daemon/shutdown",
    }
)
"""Done twice, they make something twice, or the second one is refused as if the first had not been theirs."""


class Connection:
    """Safe to use from several threads: they take turns."""

    def __init__(
        self,
        open_socket: Callable[[], socket],
        *,
        client_name: str,
        client_id: str | None = None,
        timeout: float = ANSWER_SECONDS,
    ) -> None:
        self.client_id = client_id or os.urandom(16).hex()
        self.client_name = client_name
        self._open_socket = open_socket
        self._timeout = timeout
        self._lock = threading.RLock()
        self._channel: Channel | None = None
        self._closed = False

    @classmethod
    def to_daemon(cls, locations: Locations, *, client_name: str) -> "Connection":
        """To the user's daemon, which is started when it does not run."""
        return cls(lambda: _ensured(locations), client_name=client_name)

    @classmethod
    def to_lasting_daemon(cls, locations: Locations, *, client_name: str) -> "Connection":
        """To the daemon, which is started at first and later only waited for: who looks on does not undo a stop."""
        was_reached = False

        def open_socket() -> socket:
            nonlocal was_reached
            if not was_reached:
                reached: socket | None = _ensured(locations)
                was_reached = True
            else:
                reached = wait_for_daemon(locations, monotonic() + RETURN_SECONDS)
            if reached is None:
                raise ClientError("The daemon has stopped, and nobody who needs it has started it again.")
            return reached

        return cls(open_socket, client_name=client_name)

    @classmethod
    def to_running_daemon(cls, locations: Locations, *, client_name: str) -> "Connection | None":
        """To the daemon if it runs; it is never started."""
        if (first := reach_daemon(locations)) is None:
            return None
        waiting: list[socket] = [first]

        def open_socket() -> socket:
            reached = waiting.pop() if waiting else reach_daemon(locations)
            if reached is None:
                raise ClientError("The daemon has stopped.", ExitCode.DAEMON)
            return reached

        return cls(open_socket, client_name=client_name)

    def as_client(self, client_id: str | None = None) -> "Connection":
        """Another connection to the same place, in another client's name."""
        return Connection(self._open_socket, client_name=self.client_name, client_id=client_id, timeout=self._timeout)

    def call(self, method: str, params: Mapping[str, object] | None = None, *, timeout: float | None = None) -> Answer:
        """The answer to one request. `timeout` is for each attempt, and for the wait until it is this thread's turn.

        :raises RemoteError: the daemon refused
        :raises ClientError: there is no daemon, and none could be started
        """
        if self._lock.acquire(timeout=FOR_EVER if timeout is None else timeout):
            try:
                return self._answer(method, params or {}, timeout or self._timeout)
            finally:
                self._lock.release()
        raise ClientError(f"The daemon does not answer ({method}).", ExitCode.DAEMON)

    def _answer(self, method: str, params: Mapping[str, object], timeout: float) -> Answer:
        for _ in range(ATTEMPTS):
            try:
                channel = self._open_channel(timeout)
            except ConnectionLostError:
                self._drop()
                continue
            try:
                return self._request(channel, method, params, timeout)
            except (ConnectionLostError, TimeoutError) as error:
                if method in NOT_REPEATED:
                    raise ClientError(f"The daemon was lost while it worked on {method}.") from error
        raise ClientError(f"The daemon does not answer ({method}).", ExitCode.DAEMON)

    def notices(self, timeout: float | None = None) -> Iterator[Notice]:
        """What the daemon tells a subscriber; ends when nothing came within `timeout`.

        For a connection of its own: calls from other threads would wait.
        :raises ConnectionLostError: subscribe again, and read again what may have been missed
        """
        while (notice := self._next_notice(timeout)) is not None:
            yield notice

    def close(self) -> None:
        """Without a turn: a thread that waits for an answer gets none any more."""
        self._closed = True
        if self._channel is not None:
            self._channel.close()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open_channel(self, timeout: float) -> Channel:
        if self._closed:
            raise ClientError("The connection was closed.", ExitCode.DAEMON)
        if self._channel is None:
            channel = Channel(self._open_socket())
            try:
                channel.initialize(client_id=self.client_id, client_name=self.client_name, timeout=timeout)
            except TimeoutError as error:
                channel.close()
                raise ConnectionLostError("no answer to initialize") from error
            except BaseException:
                channel.close()
                raise
            self._channel = channel
        return self._channel

    def _request(self, channel: Channel, method: str, params: Mapping[str, object], timeout: float) -> Answer:
        try:
            return channel.request(method, params, timeout=timeout)
        except ClientError:
            raise
        except BaseException:
            # Also at Ctrl-C: half a frame may have been sent or read.
            self._drop()
            raise

    def _next_notice(self, timeout: float | None) -> Notice | None:
        with self._lock:
            if self._channel is None:
                raise ConnectionLostError("not connected")
            try:
                return self._channel.next_notice(timeout)
            except BaseException:
                self._drop()
                raise

    def _drop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None


def _ensured(locations: Locations) -> socket:
    """To start a daemon takes modules that a call does without which finds it running."""
    if (reached := reach_daemon(locations)) is not None:
        return reached
    from treadle.client.daemon import ensure_daemon

    return ensure_daemon(locations)
