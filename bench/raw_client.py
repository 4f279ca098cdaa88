"""A client that costs next to nothing: frames that were made before, and a socket that blocks."""

import json
import selectors
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from treadle.protocol.framing import HEADER_END, frame

CHUNK_BYTES = 1024 * 1024
BOUND_SECONDS = 30.0
_BEFORE_LENGTH = len(b"Content-Length: ")


def request(method: str, params: object, *, request_id: int = 1) -> bytes:
    """Its frame."""
    message = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params}
    return frame(json.dumps(message, separators=(",", ":")).encode())


class RawClient:
    def __init__(self, path: Path) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(BOUND_SECONDS)
        self.socket.connect(str(path))
        # A socket with a timeout asks before each call whether it would block.
        self.socket.setblocking(True)
        self._received = b""

    def close(self) -> None:
        self.socket.close()

    def send(self, frames: bytes) -> None:
        self.socket.sendall(frames)

    def receive(self) -> bytes:
        """The body of the next message."""
        while (body := self._taken()) is None:
            self._read()
        return body

    def exchange(self, framed: bytes) -> bytes:
        self.socket.sendall(framed)
        return self.receive()

    def exchange_all(self, frames: bytes, count: int) -> None:
        """As many requests at once."""
        self.socket.sendall(frames)
        while count:
            if self._taken() is None:
                self._read()
            else:
                count -= 1

    def call(self, method: str, params: object) -> Any:
        """Slow, for what is not measured."""
        return answer(self.exchange(request(method, params)))

    def is_answered(self) -> bool:
        """After the socket has something: whether a whole message came."""
        self._read()
        return self._taken() is not None

    def _read(self) -> None:
        chunk = self.socket.recv(CHUNK_BYTES)
        if not chunk:
            raise ConnectionError("the other side closed the connection")
        self._received += chunk

    def _taken(self) -> bytes | None:
        received = self._received
        end = received.find(HEADER_END)
        if end < 0:
            return None
        start = end + len(HEADER_END)
        stop = start + int(received[_BEFORE_LENGTH:end])
        if len(received) < stop:
            return None
        self._received = received[stop:]
        return received[start:stop]


def answer(body: bytes) -> Any:
    message = json.loads(body)
    if "error" in message:
        raise ValueError(message["error"])
    return message["result"]


def busy(clients: Sequence[RawClient], framed: bytes, times: int) -> list[float]:
    """Each of them asks again as soon as it is answered, so many times; seconds that each answer took."""
    taken: list[float] = []
    begun: dict[RawClient, float] = {}
    left = dict.fromkeys(clients, times)
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, selectors.EVENT_READ, client)
            begun[client] = time.perf_counter()
            client.send(framed)
        while left:
            for key, _ in selector.select():
                client = key.data
                if not client.is_answered():
                    continue
                now = time.perf_counter()
                taken.append(now - begun[client])
                left[client] -= 1
                if left[client]:
                    begun[client] = now
                    client.send(framed)
                else:
                    del left[client]
                    selector.unregister(client.socket)
    return taken
