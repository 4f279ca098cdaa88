"""One socket to the daemon: requests and their answers, and the notices between them."""

import contextlib
import json
import socket
from collections import deque
from collections.abc import Mapping
from time import monotonic
from typing import NamedTuple, cast

import treadle
from treadle.client.errors import RemoteError
from treadle.protocol.error_codes import PROTOCOL_VERSION
from treadle.protocol.framing import FrameBuffer, FramingError, frame

CHUNK_BYTES = 256 * 1024


class ConnectionLostError(Exception):
    """The daemon is not there any more; whether it did what was asked last is not known."""


class Notice(NamedTuple):
    method: str
    params: Mapping[str, object]


class Answer(dict[str, object]):
    """The result of a request."""

    def __init__(self, result: Mapping[str, object], body: bytes) -> None:
        super().__init__(result)
        self._body = body

    @property
    def text(self) -> str:
        """As it came."""
        from treadle.client import json_texts

        return json_texts.member(self._body.decode(), "result")


class Channel:
    """Belongs to one thread at a time. After an error it is closed and of no more use."""

    def __init__(self, opened: socket.socket) -> None:
        self._socket = opened
        self._buffer = FrameBuffer()
        self._last_id = 0
        self._notices: deque[Notice] = deque()

    def initialize(self, *, client_id: str, client_name: str, timeout: float) -> None:
        options = {"protocolVersion": PROTOCOL_VERSION, "clientId": client_id, "clientName": client_name}
        params = {
            # No process id: the daemon is everybody's and must not end with this client.
            "processId": None,
            "rootUri": None,
            "capabilities": {},
            "clientInfo": {"name": client_name, "version": treadle.__version__},
            "initializationOptions": {"treadle": options},
        }
        self.request("initialize", params, timeout=timeout)
        self._send({"jsonrpc": "2.0", "method": "initialized", "params": {}}, monotonic() + timeout)

    def request(self, method: str, params: Mapping[str, object], *, timeout: float) -> Answer:
        """:raises RemoteError: the daemon refused
        :raises ConnectionLostError: no answer came, or none within `timeout`
        """
        deadline = monotonic() + timeout
        self._last_id += 1
        self._send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params}, deadline)
        while True:
            message, body = self._receive(deadline)
            if "method" in message:
                self._keep_notice(message)
            elif message.get("id") == self._last_id:
                return Answer(_outcome(message), body)
            elif message.get("id") is None:
                _outcome(message)

    def next_notice(self, timeout: float | None = None) -> Notice | None:
        """The next notice, or None when none came within `timeout` (None: wait for ever).

        :raises ConnectionLostError:
        """
        deadline = None if timeout is None else monotonic() + timeout
        while not self._notices:
            try:
                self._keep_notice(self._receive(deadline)[0])
            except TimeoutError:
                return None
        return self._notices.popleft()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes a thread that waits for an answer
        self._socket.close()

    def _keep_notice(self, message: Mapping[str, object]) -> None:
        method, params = message.get("method"), message.get("params")
        if isinstance(method, str) and isinstance(params, dict) and "id" not in message:
            self._notices.append(Notice(method, params))

    def _send(self, message: Mapping[str, object], deadline: float) -> None:
        # A path of the file system may hold what is no Unicode; the wire is UTF-8.
        body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        try:
            self._limit(deadline)
            self._socket.sendall(frame(body))
        except OSError as error:
            raise ConnectionLostError(str(error)) from error

    def _receive(self, deadline: float | None) -> tuple[dict[str, object], bytes]:
        try:
            while (body := self._buffer.take()) is None:
                self._limit(deadline)
                chunk = self._socket.recv(CHUNK_BYTES)
                if not chunk:
                    raise ConnectionLostError("the daemon closed the connection")
                self._buffer.add(chunk)
            message = json.loads(body)
        except TimeoutError:
            raise
        except (OSError, FramingError, ValueError) as error:
            raise ConnectionLostError(str(error)) from error
        if not isinstance(message, dict):
            raise ConnectionLostError("the daemon sent what is no message")
        return message, body

    def _limit(self, deadline: float | None) -> None:
        if deadline is None:
            self._socket.settimeout(None)
            return
        remaining = deadline - monotonic()
        if remaining <= 0:
            raise TimeoutError("no answer in time")
        self._socket.settimeout(remaining)


def _outcome(message: Mapping[str, object]) -> dict[str, object]:
    error = message.get("error")
    if error is None:
        result = message.get("result")
        return cast("dict[str, object]", result) if isinstance(result, dict) else {}
    details = error if isinstance(error, dict) else {}
    data = details.get("data") if isinstance(details.get("data"), dict) else {}
    data = cast("dict[str, object]", data)
    code = data.get("code") or "internal_error"
    extra = data.get("details")
    raise RemoteError(
        str(code),
        str(details.get("message") or "The daemon refused the request."),
        extra if isinstance(extra, dict) else {"details": extra},
    )
