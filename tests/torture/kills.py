"""When the daemon is killed."""

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from tests.torture.client import Client
from treadle.client.holder import holder_of, is_held
from treadle.client.locations import Locations
from treadle.storage.connections import DATABASE_NAME

LOOK_SECONDS = 0.001
BOUND_SECONDS = 60.0
MOMENT_SECONDS = 3.0
"""In this time the log may not fill, or nobody may delete anything; then the kill comes without it."""


class Killer:
    def __init__(self, locations: Locations, clients: Sequence[Client], chance: random.Random) -> None:
        self.counts: Counter[str] = Counter()
        self._locations = locations
        self._clients = clients
        self._chance = chance
        self._pause = threading.Event()
        self._moment = "load"
        self._waits: dict[str, Callable[[], bool]] = {
            "load": self._for_a_while,
            "checkpoint": self._until_a_checkpoint,
            "purge": self._until_a_deletion,
        }

    def wait_for_a_moment(self) -> None:
        """Of which kind it was is counted by the kill that follows."""
        wanted = self._chance.choice(("load", "load", "checkpoint", "purge"))
        self._moment = wanted if self._waits[wanted]() else "load"

    def kill_while_it_starts(self) -> None:
        """As soon as the new daemon says who it is, or somewhat later: up to when it serves, and a little more."""
        self._until(lambda: holder_of(self._locations.lock) is not None, BOUND_SECONDS)
        self._pause.wait(self._chance.uniform(0, 1.5))
        self.kill("start")

    def kill(self, moment: str | None = None) -> None:
        """Kill -9 of the daemon that serves the folder now, if there is one."""
        holder = holder_of(self._locations.lock)
        if holder is None:
            return
        with suppress(ProcessLookupError):
            os.kill(holder.pid, signal.SIGKILL)
            self.counts[moment or self._moment] += 1
        self.is_gone(holder.pid)

    def is_gone(self, pid: int) -> bool:
        """Whether a process ends within the bound."""
        return self._until(lambda: not _exists(pid), BOUND_SECONDS)

    def is_alive(self) -> bool:
        return is_held(self._locations.lock)

    def _for_a_while(self) -> bool:
        self._pause.wait(self._chance.uniform(0.01, 1.0))
        return True

    def _until_a_checkpoint(self) -> bool:
        """Only a checkpoint writes to the database's own file."""
        database: Path = self._locations.data_dir / DATABASE_NAME
        before = database.stat().st_mtime_ns
        came = self._until(lambda: database.stat().st_mtime_ns != before, MOMENT_SECONDS)
        self._pause.wait(self._chance.choice((0, 0, 0.002, 0.01)))
        return came

    def _until_a_deletion(self) -> bool:
        for client in self._clients:
            client.deleted.clear()
        came = self._until(lambda: any(client.deleted.is_set() for client in self._clients), MOMENT_SECONDS)
        self._pause.wait(self._chance.uniform(0, 0.03))
        return came

    def _until(self, is_so: Callable[[], bool], seconds: float) -> bool:
        deadline = monotonic() + seconds
        while not is_so():
            if monotonic() > deadline:
                return False
            self._pause.wait(LOOK_SECONDS)
        return True


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
