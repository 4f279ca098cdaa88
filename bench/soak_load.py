"""A mixed load of bounded rate on a real daemon, whose database it keeps at one size."""

import random
import threading
import traceback
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.daemon_fixtures import DaemonProcess
from tests.torture import payloads
from tests.wire_client import WireClient

WORKERS = 3
PAUSE_SECONDS = 0.01
"""After each request of a worker, so that the load is that of busy clients and not of a test of speed."""
STEPS = 6
KEPT_SESSIONS = 20
"""Of each worker; older ones are deleted."""
MOST_ROUNDS = 10_000_000
VISIT_SECONDS = 0.1
SUBSCRIBER_NOTICES = 500
NOTICE_SECONDS = 1.0
DEAF_SECONDS = 5.0
DEAF_REQUESTS = 200
"""Their answers are more than a socket takes."""
ENDING_SECONDS = 30.0


class Load:
    """Some clients, each in a thread of its own, until they are told to end or one of them fails."""

    def __init__(self, daemon: DaemonProcess, project: Path) -> None:
        self.daemon = daemon
        self.over = threading.Event()
        self.failures: list[str] = []
        self.requests = 0
        payloads.make_project(project)
        component = _open_project(daemon, project)
        roles: list[Callable[[], None]] = [_Worker(self, number, component).work for number in range(WORKERS)]
        roles += [self._visit, self._listen, self._keep_deaf]
        self._threads = [threading.Thread(target=self._play, args=(role,), daemon=True) for role in roles]

    def begin(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self.over.set()
        for thread in self._threads:
            thread.join(ENDING_SECONDS)
            if thread.is_alive():
                self.failures.append(f"{thread.name} does not end")

    def _play(self, role: Callable[[], None]) -> None:
        """Again and again: each round is one life of a client."""
        try:
            for _ in range(MOST_ROUNDS):
                if self.over.is_set():
                    return
                role()
        except Exception:  # noqa: BLE001 - whatever ends a client ends the soak, and is shown
            self.failures.append(traceback.format_exc())
            self.over.set()

    def _visit(self) -> None:
        with self.daemon.client(clientId="visitor") as client:
            client.call("daemon/status")
        self.over.wait(VISIT_SECONDS)

    def _listen(self) -> None:
        """One that subscribes, is told, and comes back for what it missed."""
        with self.daemon.client(clientId="subscriber") as client:
            client.call("session/subscribe", {})
            client.socket.settimeout(NOTICE_SECONDS)
            for _ in range(SUBSCRIBER_NOTICES):
                if self.over.is_set():
                    return
                try:
                    client.notice()
                except TimeoutError:
                    return

    def _keep_deaf(self) -> None:
        """One that asks and subscribes and reads nothing, until it is gone without a word."""
        with self.daemon.client(clientId="deaf") as client:
            client.call("session/subscribe", {})
            client.socket.settimeout(NOTICE_SECONDS)
            try:
                for number in range(DEAF_REQUESTS):
                    client.send({"jsonrpc": "2.0", "id": 1_000 + number, "method": "session/list", "params": {}})
            except TimeoutError:
                pass  # the daemon does not take more of one who does not read
            self.over.wait(DEAF_SECONDS)


def _open_project(daemon: DaemonProcess, root: Path) -> dict[str, Any]:
    """The component for which sessions are made."""
    facts = {"root": str(root), "facts": {"test_command": ["pytest"]}}
    with daemon.client(clientId="opener") as client:
        shown = client.call("project/open", facts)
        opened = client.call("project/open", {**facts, "trustedHash": shown["contentHash"]})
    component: dict[str, Any] = opened["components"][0]
    return component


class _Worker:
    """Makes sessions, takes steps, tells events, reads, and deletes what is old."""

    def __init__(self, load: Load, number: int, component: dict[str, Any]) -> None:
        self._load = load
        self._name = f"worker-{number}"
        self._params = {
            "type": "component_test",
            "componentId": component["id"],
            "projectId": component["projectId"],
        }
        self._chance = random.Random(number)  # noqa: S311 - it is to be the same load each time
        self._sessions: deque[int] = deque()

    def work(self) -> None:
        with self._load.daemon.client(clientId=self._name) as client:
            session_id: int = self._ask(client, "session/create", self._params)["session"]["id"]
            self._sessions.append(session_id)
            for _ in range(STEPS):
                if self._load.over.is_set() or not self._take_step(client, session_id):
                    break
            self._read(client, session_id)
            if len(self._sessions) > KEPT_SESSIONS:
                oldest = self._sessions.popleft()
                self._ask(client, "session/delete", {"sessionId": oldest, "workDoneToken": oldest})

    def _take_step(self, client: WireClient, session_id: int) -> bool:
        """Whether another one may follow."""
        of = {"sessionId": session_id}
        interaction = self._ask(client, "session/nextCommand", of)["interaction"]["id"]
        self._ask(client, "interaction/claim", {**of, "interactionId": interaction})
        for _ in range(3):
            self._ask(client, "session/handleEvents", {**of, "events": payloads.events(self._chance, interaction)})
        result = payloads.result(self._chance)
        answer = self._ask(client, "session/handleResult", {**of, "interactionId": interaction, "result": result})
        is_active: bool = answer["session"]["status"] == "active"
        return is_active

    def _read(self, client: WireClient, session_id: int) -> None:
        self._ask(client, "session/get", {"sessionId": session_id})
        cursor: object = None
        for _ in range(10):
            page = self._ask(client, "session/getEvents", {"sessionId": session_id, "limit": 100, "cursor": cursor})
            cursor = page["nextCursor"]
            if cursor is None:
                break
        self._ask(client, "session/list", {"limit": 50})

    def _ask(self, client: WireClient, method: str, params: dict[str, Any]) -> dict[str, Any]:
        answer = client.call(method, params)
        self._load.requests += 1
        self._load.over.wait(PAUSE_SECONDS)
        return answer
