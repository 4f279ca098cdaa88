"""Where the hooks of a terminal arrive in a test: keeps what it is told, answers as the test says."""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic
from typing import Any

from tests.e2e.agent_worlds import AgentWorld
from tests.e2e.claude_terminal import ClaudeTerminal, on_a_terminal, seed
from treadle.agents.claude_code_command import ClaudeCodeOptions, PermissionMode
from treadle.agents.terminal_settings import settings_document, terminal_argv, terminal_environment

BOUND_SECONDS = 60.0
TOKEN = "of this test alone"
SESSION_START = (
    "import http.client, sys, urllib.parse; url = urllib.parse.urlsplit(sys.argv[1]);"
    "there = http.client.HTTPConnection(url.netloc, timeout=4);"
    "there.request('POST', url.path, sys.stdin.buffer.read()); there.getresponse()"
)

Json = dict[str, Any]
Answer = Callable[[Json], Json | None]
"""What a hook is answered; None leaves it without an answer until the test is over."""


def nothing(_: Json) -> Json | None:
    return {}


def decision(payload: Json, **decided: Any) -> Json:
    return {"hookSpecificOutput": {"hookEventName": payload["hook_event_name"], "decision": decided}}


class HookPosts(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, answer: Answer = nothing, *, status: int = 200) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.answer, self.status = answer, status
        self.told: list[Json] = []
        """In order: `hook`, `v1/logs` or `gone`, when it came, under which authorization, and what it said."""
        self.over = threading.Event()
        self.changed = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def hooks(self) -> list[Json]:
        return [each["said"] for each in self.told if each["path"] == "hook" and "hook_event_name" in each["said"]]

    @property
    def names(self) -> list[str]:
        return [said["hook_event_name"] for said in self.hooks]

    def is_gone(self, name: str) -> bool:
        """Whoever waited for an answer to this hook has hung up."""
        return any(each["path"] == "gone" and each["said"]["hook_event_name"] == name for each in self.told)

    def keep(self, path: str, said: Json, authorization: str | None = None) -> None:
        at = datetime.now(UTC).isoformat()
        with self.changed:
            self.told.append({"path": path, "at": at, "authorization": authorization, "said": said})
            self.changed.notify_all()

    def wait(self, is_so: Callable[[], bool]) -> None:
        """Looks again whenever something has come, and now and then for what comes otherwise."""
        deadline = monotonic() + BOUND_SECONDS
        with self.changed:
            while not self.changed.wait_for(is_so, 0.2):
                assert monotonic() < deadline, self.names


class _Post(BaseHTTPRequestHandler):
    server: HookPosts
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.keep(self.path.strip("/"), said, self.headers["Authorization"])
        answer = self.server.answer(said) if self.path == "/hook" else {}
        if answer is None:
            self._watch(said)
            return
        body = json.dumps(answer).encode()
        with suppress(OSError):
            self.send_response(self.server.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _watch(self, said: Json) -> None:
        """Until nobody waits for the answer any more."""
        self.connection.settimeout(0.2)
        deadline = monotonic() + BOUND_SECONDS
        while not self.server.over.is_set() and monotonic() < deadline:
            with suppress(TimeoutError):
                if not self.connection.recv(1):
                    self.server.keep("gone", said)
                    break
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def posts(answer: Answer = nothing, *, status: int = 200) -> Iterator[HookPosts]:
    with HookPosts(answer, status=status) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join(BOUND_SECONDS)


@contextmanager
def told_terminal(
    world: AgentWorld,
    server: HookPosts,
    *,
    url: str | None = None,
    mode: PermissionMode = PermissionMode.MANUAL,
    allowed: tuple[str, ...] = (),
    gate: Sequence[str] | None = None,
    change: Callable[[Json], None] = lambda _: None,
    prompt: str = "Do it.",
) -> Iterator[ClaudeTerminal]:
    """Claude Code as Treadle starts it, with hooks that go to the server, or to another `url`."""
    seed(world.config, world.project)
    start = [sys.executable, "-I", "-c", SESSION_START, f"{server.url}/hook"]
    document = json.loads(
        json.dumps(settings_document(hook_url=url or f"{server.url}/hook", session_start=start, gate=gate))
    )
    change(document)
    settings = Path(world.config) / "of-treadle.json"
    settings.write_text(json.dumps(document))
    options = ClaudeCodeOptions(conversation_id=world.conversation_id, permission_mode=mode, allowed_tools=allowed)
    argv = terminal_argv(world.environment["TREADLE_CLAUDE"], options, settings_file=str(settings), prompt=prompt)
    environment = terminal_environment(world.environment, session_uid="test", token=TOKEN, receiver_url=server.url)
    with on_a_terminal(argv, environment, world.project) as terminal:
        yield terminal


def leave(terminal: ClaudeTerminal) -> None:
    terminal.say("/exit")
    assert terminal.end() == 0
