"""What the processes below one have used so far: whether they work, and what they are."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

MAX_COMMAND = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessUse:
    pid: int
    started: float
    name: str
    command: str
    state: str
    """As in "sleeping" or "zombie"."""
    cpu_s: float
    io_bytes: int
    """Read and written, to whatever; 0 where the system does not count it."""

    def as_data(self) -> dict[str, object]:
        told = {"pid": self.pid, "name": self.name, "command": self.command, "state": self.state}
        return {**told, "cpu_s": round(self.cpu_s, 2)}


def processes_below(pid: int) -> tuple[ProcessUse, ...]:
    """Empty when there is none, or no such process."""
    import psutil

    found = []
    with suppress(psutil.Error):
        for process in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.Error), process.oneshot():
                found.append(_use(process))
    return tuple(found)


def _use(process: "psutil.Process") -> ProcessUse:
    cpu = process.cpu_times()
    return ProcessUse(
        pid=process.pid,
        started=process.create_time(),
        name=process.name(),
        command=" ".join(process.cmdline())[:MAX_COMMAND],
        state=process.status(),
        cpu_s=cpu.user + cpu.system,
        io_bytes=_io_bytes(process),
    )


def _io_bytes(process: "psutil.Process") -> int:
    counters = process.io_counters() if hasattr(process, "io_counters") else None
    return getattr(counters, "read_chars", 0) + getattr(counters, "write_chars", 0)
