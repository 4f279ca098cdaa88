"""A peer on a real socket that answers as a test says."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from treadle.protocol.framing import FrameBuffer, frame

Answer = Callable[[str, dict[str, Any]], Any]


class RefusalError(Exception):
    def __init__(self, code: str, message: str = "No.", **details: object) -> None:
        super().__init__(message)
        self.body = {"code": -31000, "message": message, "data": {"code": code, "details": details}}


class HangUpError(Exception):
    """The peer closes the connection without an answer."""


class ScriptedPeer:
    """`calls` holds what was asked, without the handshake, over all connections."""

    def __init__(self, path: Path, answer: Answer) -> None:
        self.path = path
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.client_ids: list[str] = []
        self.peers: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(path))
        self._listener.listen()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> "ScriptedPeer":
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(5)

    def hang_up(self) -> None:
        """On those who are there now, not on who comes back at once."""
        for peer in list(self.peers):
            with contextlib.suppress(ValueError):
                self.peers.remove(peer)
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
            peer.close()

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(str(self.path))
        return client

    def notify(self, method: str, **params: object) -> None:
        for peer in self.peers:
            peer.sendall(frame(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode()))

    def methods(self) -> list[str]:
        return [method for method, _ in self.calls]

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.peers.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        frames = FrameBuffer()
        try:
            while chunk := peer.recv(65536):
                frames.add(chunk)
                while (body := frames.take()) is not None:
                    self._handle(peer, json.loads(body))
        except (OSError, HangUpError):
            pass  # a test's doing
        if peer in self.peers:
            self.peers.remove(peer)
        peer.close()

    def _handle(self, peer: socket.socket, message: dict[str, Any]) -> None:
        if "id" not in message:
            return
        reply: dict[str, Any] = {"jsonrpc": "2.0", "id": message["id"]}
        params = message.get("params") or {}
        if message["method"] == "initialize":
            self.client_ids.append(params["initializationOptions"]["treadle"]["clientId"])
            reply["result"] = {"capabilities": {}}
        else:
            self.calls.append((message["method"], params))
            try:
                reply["result"] = self.answer(message["method"], params)
            except RefusalError as refusal:
                reply["error"] = refusal.body
        peer.sendall(frame(json.dumps(reply).encode()))
