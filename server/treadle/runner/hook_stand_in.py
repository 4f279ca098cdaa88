"""Answers a terminal's hooks while the daemon is away: each that nobody answers is an error on the person's screen.

What they tell comes from the transcript when the daemon is back. The port is kept from the beginning, so that no other
user's program can take it in the meantime; but for systems that give requests to whoever came to a port last, whether
it listens or not.

Before a tool is used it waits for the daemon for a moment, and for its rules. When they cannot be asked, the person at
the terminal decides.
"""

import http.client
import json
import socket
import sys
import threading
from contextlib import closing, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

from treadle.agents.lenient import an_object
from treadle.agents.terminal_settings import BEFORE_TOOL

ADDRESS = "127.0.0.1"
HOOK_PATH = "/hook"
REQUEST_SECONDS = 5.0
END_SECONDS = 5.0
RULES_SECONDS = 30.0
"""For the daemon to be back, since it went: one that does not come holds up the first tool, and no other."""
FORWARD_SECONDS = 3.0
POLL_SECONDS = 0.05
MAX_BYTES = 32 * 1024 * 1024
KEEPS_PORT = sys.platform == "linux"
NOTHING = b"{}"
ASKS = {
    "hookSpecificOutput": {
        "hookEventName": BEFORE_TOOL,
        "permissionDecision": "ask",
        "permissionDecisionReason": "Treadle's rules could not be asked.",
    }
}


class HookStandIn:
    """Listens from `begin` to `end`, which change nothing when they are called again."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._reserved = _bound(port) if KEEPS_PORT else None
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        if self._server is not None:
            return
        reserved = self._reserved or _bound(self._port)
        if reserved is None:
            return
        server = _Server(self._port)
        server.socket.close()
        server.socket, self._reserved = reserved, None
        server.server_activate()
        self._server = server
        self._thread = threading.Thread(
            target=server.serve_forever, args=(POLL_SECONDS,), name="hook-stand-in", daemon=True
        )
        self._thread.start()

    def end(self) -> None:
        """The daemon listens again, on the same port."""
        server, thread, self._server = self._server, self._thread, None
        if server is None or thread is None:
            return
        self._reserved = _bound(self._port) if KEEPS_PORT else None
        server.shutdown()
        thread.join(END_SECONDS)
        server.take_what_waits()
        server.server_close()
        server.has_ended.set()

    def close(self) -> None:
        self.end()
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None


class _Server(ThreadingHTTPServer):
    def __init__(self, port: int) -> None:
        """Without a socket that is bound."""
        super().__init__((ADDRESS, port), _Answering, bind_and_activate=False)
        self.port = port
        self.has_ended = threading.Event()
        self._begun = monotonic()

    def take_what_waits(self) -> None:
        """Connections that are not accepted are reset with the socket, which the agent tells as an error."""
        self.socket.setblocking(False)
        with suppress(OSError):
            while True:
                self.process_request(*self.get_request())

    def is_followed(self) -> bool:
        """Whether the daemon is back, after a while if need be."""
        return self.has_ended.wait(max(0.0, self._begun + RULES_SECONDS - monotonic()))


class _Answering(BaseHTTPRequestHandler):
    timeout = REQUEST_SECONDS

    def do_POST(self) -> None:
        """What it holds is thrown away. Telemetry is sent again later by itself, when it is told to."""
        length = self.headers.get("content-length", "")
        told = self.rfile.read(int(length)) if length.isdecimal() and int(length) <= MAX_BYTES else b""
        is_hook = self.path == HOOK_PATH
        body = self._answer(told) if is_hook else b""
        self.send_response_only(HTTPStatus.OK if is_hook else HTTPStatus.SERVICE_UNAVAILABLE)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, told: bytes) -> bytes:
        if not _is_before_tool(told):
            return NOTHING
        assert isinstance(self.server, _Server)  # noqa: S101
        if self.server.is_followed():
            with suppress(OSError, http.client.HTTPException):
                return self._forwarded(told, self.server.port)
        return json.dumps(ASKS).encode()

    def _forwarded(self, told: bytes, port: int) -> bytes:
        """:raises OSError, http.client.HTTPException: the daemon does not answer"""
        connection = http.client.HTTPConnection(ADDRESS, port, timeout=FORWARD_SECONDS)
        headers = {"Content-Type": "application/json", "Authorization": self.headers.get("authorization", "")}
        with closing(connection):
            connection.request("POST", HOOK_PATH, told, headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != HTTPStatus.OK:
                raise http.client.HTTPException(answer.reason)
            return body

    def log_message(self, *_: object) -> None:
        """The terminal is the person's."""


def _is_before_tool(told: bytes) -> bool:
    with suppress(ValueError, RecursionError):
        return an_object(json.loads(told)).get("hook_event_name") == BEFORE_TOOL
    return False


def _bound(port: int) -> socket.socket | None:
    """Beside the daemon's, which gets all requests while this one does not listen; None where that cannot be."""
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with suppress(OSError, AttributeError):
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((ADDRESS, port))
        return reserved
    reserved.close()
    return None
