"""A client that sends what it is told, byte by byte if need be, and waits no longer than a bound."""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from treadle.protocol.framing import FrameBuffer, frame

BOUND_SECONDS = 30.0


class WireClient:
    def __init__(self, path: Path, *, timeout: float = BOUND_SECONDS) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        self.notices: list[dict[str, Any]] = []
        self._frames = FrameBuffer()
        self._last_id = 0

    def __enter__(self) -> "WireClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.socket.close()

    def send_bytes(self, data: bytes) -> None:
        self.socket.sendall(data)

    def send(self, message: object) -> None:
        self.send_bytes(frame(json.dumps(message).encode()))

    def receive(self) -> dict[str, Any] | None:
        """The next message; None when the daemon has closed the connection."""
        body = self.receive_body()
        if body is None:
            return None
        message: dict[str, Any] = json.loads(body)
        return message

    def receive_body(self) -> bytes | None:
        """The same, as its bytes came."""
        while (body := self._frames.take()) is None:
            try:
                chunk = self.socket.recv(256 * 1024)
            except ConnectionResetError:
                return None
            if not chunk:
                return None
            self._frames.add(chunk)
        return body

    def answer(self, request_id: object = None) -> dict[str, Any]:
        """The next answer; notices that come before it are kept."""
        while (message := self.receive()) is not None:
            if "method" in message:
                self.notices.append(message)
            elif request_id is None or message["id"] == request_id:
                return message
        raise ConnectionError("the daemon closed the connection")

    def notice(self) -> dict[str, Any]:
        while not self.notices:
            message = self.receive()
            if message is None:
                raise ConnectionError("the daemon closed the connection")
            if "method" in message:
                self.notices.append(message)
        return self.notices.pop(0)

    def request(self, method: str, params: object = None) -> dict[str, Any]:
        """The whole answer: with `result` or with `error`."""
        self._last_id += 1
        message = {"jsonrpc": "2.0", "id": self._last_id, "method": method}
        self.send(message if params is None else {**message, "params": params})
        return self.answer(self._last_id)

    def call(self, method: str, params: object = None) -> dict[str, Any]:
        answer = self.request(method, params)
        assert "error" not in answer, answer["error"]
        result: dict[str, Any] = answer["result"]
        return result

    def refusal(self, method: str, params: object = None) -> dict[str, Any]:
        answer = self.request(method, params)
        assert "result" not in answer
        error: dict[str, Any] = answer["error"]
        return error

    def initialize(self, options: Mapping[str, object] | None = None) -> dict[str, Any]:
        """With options of its own besides the usual ones."""
        said = {"protocolVersion": 1, "clientId": "test-client", **(options or {})}
        return self.call("initialize", initialize_params({"treadle": said}))

    def is_closed(self) -> bool:
        """Reads until the end."""
        while self.receive() is not None:
            pass
        return True


def initialize_params(options: object = None) -> dict[str, object]:
    return {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": options}
