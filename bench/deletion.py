"""What others notice while a session with a million events is deleted: `python -m bench.deletion [EVENTS [random]]`.

Four clients work at a real daemon: events, pages, lists. Rounds of quiet and of deleting follow each other, so that
a noisy machine disturbs both alike; the last round deletes the session with all its events. `random`: the events have
random ids, which lie each on another page of the index.
"""

import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.large_sessions import make_sessions
from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient

EVENTS = 1_000_000
ROUNDS = 5
SMALLER = 10
"""The other rounds' sessions have so many times less."""
CLIENTS = 4
QUIET_SECONDS = 3.0
PATIENCE_SECONDS = 600.0
SHRINK_SECONDS = 120.0


@dataclass
class Load:
    """What the clients measure: (when asked, how long it took)."""

    samples: list[tuple[float, float]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def latencies(self, begin: float, end: float) -> list[float]:
        return sorted(took for at, took in self.samples if begin <= at < end)


def work(daemon: DaemonProcess, session_id: int, load: Load) -> None:
    with daemon.client(clientId=f"client-{session_id}") as client:
        client.socket.settimeout(PATIENCE_SECONDS)
        while not load.ended.is_set():
            for method, params in requests(session_id):
                begun = time.perf_counter()
                client.call(method, params)
                load.samples.append((begun, time.perf_counter() - begun))


def requests(session_id: int) -> Iterator[tuple[str, dict[str, object]]]:
    events = [
        {
            "uid": str(uuid.uuid4()),
            "eventType": "tool_called",
            "sentAt": "2026-01-02T03:04:05.000006Z",
            "data": {"tool": "Read", "path": "x" * 100},
        }
        for _ in range(5)
    ]
    yield "session/handleEvents", {"sessionId": session_id, "events": events}
    yield "session/getEvents", {"sessionId": session_id, "limit": 20, "descending": True}
    yield "session/list", {"limit": 10}


@contextmanager
def working(daemon: DaemonProcess, session_ids: list[int]) -> Iterator[Load]:
    load = Load()
    threads = [threading.Thread(target=work, args=(daemon, each, load)) for each in session_ids]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        load.ended.set()
        for thread in threads:
            thread.join()


def delete(client: WireClient, session_id: int) -> tuple[float, float]:
    begun = time.perf_counter()
    answer = client.call("session/delete", {"sessionId": session_id, "workDoneToken": session_id})
    assert answer["purged"]
    return begun, time.perf_counter()


def quiet() -> tuple[float, float]:
    begun = time.perf_counter()
    threading.Event().wait(QUIET_SECONDS)
    return begun, time.perf_counter()


def report(label: str, quiet_ones: list[float], others: list[float]) -> None:
    def at(values: list[float], hundredth: int) -> float:
        return 1_000 * statistics.quantiles(values, n=100)[hundredth - 1]

    cells = [(at(quiet_ones, each), at(others, each)) for each in (50, 99)]
    shown = "   ".join(f"{before:6.1f} {during:6.1f} {during / before:5.1f}" for before, during in cells)
    print(f"{label:26} {len(quiet_ones):7,} {len(others):6,}   {shown}")


def until_smaller(path: Path, before: int) -> float:
    """Seconds until the file is a fourth of what it was."""
    begun = time.perf_counter()
    pause = threading.Event()
    while path.stat().st_size > before / 4 and time.perf_counter() - begun < SHRINK_SECONDS:
        pause.wait(0.05)
    return time.perf_counter() - begun


def measure(data_dir: Path, events: int, *, random_uids: bool) -> None:
    counts = [events // SMALLER] * (ROUNDS - 1) + [events]
    begun = time.perf_counter()
    made = make_sessions(data_dir, *counts, *(0 for _ in range(CLIENTS)), random_uids=random_uids)
    large, own = made[:ROUNDS], made[ROUNDS:]
    database = data_dir / "treadle.db"
    before = database.stat().st_size
    print(f"{sum(counts):,} events in {before / 2**20:,.0f} MiB, made in {time.perf_counter() - begun:.0f} s\n")
    daemon = DaemonProcess(data_dir)
    daemon.start()
    try:
        with daemon.client(clientId="deleting") as client:
            client.socket.settimeout(PATIENCE_SECONDS)
            quiet_ones: list[float] = []
            others: list[float] = []
            print(f"{'':28}   answers     p50 (ms)             p99 (ms)")
            print(f"{'':28} quiet purge     quiet purge ratio    quiet purge ratio")
            with working(daemon, own) as load:
                quiet()
                for session_id, count in zip(large, counts, strict=True):
                    quiet_window, purge_window = quiet(), delete(client, session_id)
                    before_it, during_it = load.latencies(*quiet_window), load.latencies(*purge_window)
                    report(f"{count:,} events in {purge_window[1] - purge_window[0]:.1f} s", before_it, during_it)
                    quiet_ones += before_it
                    others += during_it
            report("all rounds", quiet_ones, others)
            print(f"\nThe file is small again {until_smaller(database, before):.1f} s after the last request.")
    finally:
        daemon.end()
    print(f"{database.stat().st_size / 2**20:,.1f} MiB are left.")


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
        events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
        measure(Path(folder), events, random_uids="random" in sys.argv)
    return 0


if __name__ == "__main__":
    sys.exit(main())
