"""What a hook costs whoever works in a terminal: the daemon's answer to it, beside a bare echo of the same bytes.

A hook that tells of something is answered before it is on disk; one that asks whether a tool may be used waits for the
rules.
"""

import shutil
import socket
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import orjson

from bench.hook_limits import HookLimits
from bench.measuring import ROUNDS, Case, Measurement, compared
from tests.daemon_fixtures import DaemonProcess, new_data_dir

SECTION = "Hooks"
TIMES = 150
ASKS, TELLS = 0, 2
"""Which of a call's hooks: the first asks what the rules say; with the last one its end is known."""
CHUNK_BYTES = 64 * 1024
BOUND_SECONDS = 30.0
TOLD_GOAL, ASKED_GOAL = 15.0, 75.0
COMMAND = "python -m pytest tests/test_calculator.py -q"


@dataclass(frozen=True, slots=True)
class Heard:
    port: int
    token: str
    conversation_id: str
    root: str


def measure(*, rounds: int = ROUNDS) -> list[Measurement]:
    with _heard() as heard, HookLimits() as limits, ExitStack() as opened:
        daemon, echo, alone = (
            opened.enter_context(_connected(port)) for port in (heard.port, limits.echo, limits.receiver)
        )
        to_nobody = replace(heard, port=limits.receiver)

        def case(operation: str, to: socket.socket, at: Heard, number: int, goal: float | None = None) -> Case:
            return Case(
                operation=operation,
                sample=lambda: _seconds(at, number, lambda request: _answered(to, request)),
                limit=lambda: _seconds(at, number, lambda request: _echoed(echo, request)),
                goal=goal,
            )

        cases = [
            case("a hook that asks the rules about a command", daemon, heard, ASKS, ASKED_GOAL),
            case("a hook that tells of the command's end", daemon, heard, TELLS, TOLD_GOAL),
            case("the receiver with nobody behind it", alone, to_nobody, TELLS),
        ]
        return compared(SECTION, "a bare echo of its bytes", cases, rounds=rounds)


def _seconds(heard: Heard, number: int, exchange: Callable[[bytes], None]) -> float:
    """For one of the hooks of each call."""
    taken = []
    for hooks in [_call(heard) for _ in range(TIMES)]:
        for position, request in enumerate(hooks):
            begun = time.perf_counter()
            exchange(request)
            if position == number:
                taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


@contextmanager
def _heard() -> Iterator[Heard]:
    """A daemon with an open terminal."""
    folder = new_data_dir()
    daemon = DaemonProcess(folder, started_by=[sys.executable, "-m", "bench.endless_daemon"])
    try:
        said = daemon.start()
        assert "error" not in said, said
        with daemon.client() as client:
            session_id = client.call("session/create", {"type": "endless"})["session"]["id"]
            interaction = client.call("session/nextCommand", {"sessionId": session_id})["interaction"]
            terminal = {"uid": str(uuid.uuid4()), "conversationId": str(uuid.uuid4()), "root": str(folder)}
            key = {"sessionId": session_id, "interactionId": interaction["id"]}
            opened = client.call("terminal/open", {**key, **terminal})
        yield Heard(
            port=int(opened["url"].rpartition(":")[2]),
            token=opened["token"],
            conversation_id=terminal["conversationId"],
            root=terminal["root"],
        )
    finally:
        daemon.end()
        shutil.rmtree(folder)


def _call(heard: Heard) -> list[bytes]:
    """The hooks of one call of a tool. A new one each time: what was told before would not be stored again."""
    about = {"tool_name": "Bash", "tool_use_id": f"toolu_{uuid.uuid4().hex[:24]}"}
    given = {**about, "tool_input": {"command": COMMAND, "description": "Run the tests of the calculator"}}
    output = "....\n4 passed in 0.02s\n" * 20
    response = {"stdout": output, "stderr": "", "interrupted": False, "isImage": False}
    return [
        _hook(heard, "PreToolUse", given),
        _hook(heard, "PostToolUse", {**given, "tool_response": response, "duration_ms": 1_234}),
        _hook(heard, "PostToolBatch", {"tool_calls": [{**given, "tool_response": output}]}),
    ]


def _hook(heard: Heard, event: str, fields: Mapping[str, object]) -> bytes:
    common = {
        "session_id": heard.conversation_id,
        "transcript_path": f"{heard.root}/{heard.conversation_id}.jsonl",
        "cwd": heard.root,
        "prompt_id": "d33a6c8b-6d8c-4f55-a7b4-5ad4f8d2b0c7",
        "permission_mode": "acceptEdits",
        "hook_event_name": event,
    }
    return _post(heard, {**common, **fields})


def _post(heard: Heard, payload: dict[str, object]) -> bytes:
    body = orjson.dumps(payload)
    lines = (
        "POST /hook HTTP/1.1",
        "Accept: application/json, text/plain, */*",
        "Content-Type: application/json",
        f"Authorization: Bearer {heard.token}",
        f"Content-Length: {len(body)}",
        f"Host: 127.0.0.1:{heard.port}",
        "Connection: keep-alive",
    )
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


@contextmanager
def _connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=BOUND_SECONDS) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        opened.setblocking(True)
        yield opened


def _answered(to: socket.socket, request: bytes) -> None:
    to.sendall(request)
    received = b""
    while (end := received.find(b"\r\n\r\n")) < 0 or len(received) < end + 4 + _length(received[:end]):
        received += _more(to)
    assert received.startswith(b"HTTP/1.1 200 "), received


def _echoed(to: socket.socket, request: bytes) -> None:
    to.sendall(request)
    left = len(request)
    while left:
        left -= len(_more(to))


def _length(head: bytes) -> int:
    return int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])


def _more(to: socket.socket) -> bytes:
    chunk = to.recv(CHUNK_BYTES)
    if not chunk:
        raise ConnectionError("the other side closed the connection")
    return chunk
