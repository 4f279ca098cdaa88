"""Whether the memory of a daemon stays flat: after a million events, and after a thousand clients came and went.

Each is beside what the same daemon held once the first of them had filled its caches, so a ratio has one value, and
rounds would tell nothing: what grows, grows with the count. Linux tells what is resident.
"""

import shutil
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from bench.measuring import ROUNDS, Measurement
from tests.daemon_fixtures import DaemonProcess, new_data_dir
from tests.sessions_on_the_wire import new_session
from tests.wire_client import WireClient

SECTION = "Memory"
FLAT = 1.10
"""So much it may be more afterwards: heaps have holes, and the caches of the database fill to their limit."""
EVENTS = 1_000_000
WARMING_EVENTS = 100_000
BATCH = 1_000
SESSIONS = 5
CLIENTS = 1_000
WARMING_CLIENTS = 100
PATIENCE_SECONDS = 60.0
DATA = {"tool": "Write", "input": {"content": "x" * 270}}
"""As long as an event is on average."""


def measure(*, rounds: int = ROUNDS) -> list[Measurement]:
    del rounds
    folder, daemon = new_data_dir(), DaemonProcess(new_data_dir())
    try:
        daemon.start()
        with daemon.client(clientId="writer") as client:
            client.socket.settimeout(PATIENCE_SECONDS)
            served = resident_bytes(daemon.pid)
            # Everything is loaded by now that the daemon loads late.
            sessions = [new_session(client, folder) for _ in range(SESSIONS)]
            return [
                _compared("idle, when all is loaded", "the first client was served", served, daemon, seconds=0.0),
                _growth(daemon, "events", WARMING_EVENTS, EVENTS, lambda count: _write(client, sessions, count)),
                _growth(daemon, "clients", WARMING_CLIENTS, CLIENTS, lambda count: _visit(daemon, count)),
            ]
    finally:
        daemon.end()
        shutil.rmtree(daemon.data_dir)
        shutil.rmtree(folder)


def resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the process has no memory")


def _growth(daemon: DaemonProcess, what: str, warming: int, whole: int, work: Callable[[int], None]) -> Measurement:
    work(warming)
    before, begun = resident_bytes(daemon.pid), time.perf_counter()
    work(whole - warming)
    seconds = (time.perf_counter() - begun) / (whole - warming)
    return _compared(f"after {whole:,} {what}", f"after {warming:,}", before, daemon, seconds=seconds, goal=FLAT)


def _compared(
    operation: str, when: str, before: int, daemon: DaemonProcess, *, seconds: float, goal: float | None = None
) -> Measurement:
    now = resident_bytes(daemon.pid)
    return Measurement(
        section=SECTION,
        operation=f"{operation}: {now / 2**20:.0f} MiB",
        versus=f"{when}: {before / 2**20:.0f} MiB",
        goal=goal,
        ratios=(now / before,),
        seconds=seconds,
    )


def _write(client: WireClient, sessions: list[int], count: int) -> None:
    for number in range(count // BATCH):
        params = {"sessionId": sessions[number % len(sessions)], "events": [_event() for _ in range(BATCH)]}
        client.call("session/handleEvents", params)


def _event() -> dict[str, object]:
    return {
        "uid": str(uuid.uuid4()),
        "eventType": "tool_called",
        "sentAt": "2026-01-02T03:04:05.000006Z",
        "data": DATA,
    }


def _visit(daemon: DaemonProcess, count: int) -> None:
    for number in range(count):
        with daemon.client(clientId=f"visitor-{number}") as client:
            client.call("daemon/status")
