"""The processes of this machine: from /proc where there is one, which is quick and exact, else from psutil."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from treadle.client.run_marks import PROCESS

PROC = Path("/proc")
ENDED = ("Z", "X")


@dataclass(frozen=True, slots=True)
class Process:
    parent: int
    group: int
    session: int
    start: str

    def is_from(self, since: str | None) -> bool:
        return since is None or (since.isdigit() and int(self.start) >= int(since))


def all_processes() -> dict[int, Process]:
    """By process id; without those that have ended, though their parent may not have asked yet."""
    if _has_proc():
        pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    else:
        import psutil

        pids = psutil.pids()
    return {pid: row for pid in pids if (row := _process(pid)) is not None}


def start_token(pid: int) -> str | None:
    """What tells a process from a later one with the same id; None when there is no such process."""
    row = _process(pid)
    return None if row is None else row.start


def marked_with(pid: int, mark: str) -> bool:
    """Whether it was started below what has this mark, or one that begins with it."""
    given = _environment_value(pid)
    return any(each == mark or each.startswith(f"{mark}.") for each in given.split(":"))


def _has_proc() -> bool:
    return PROC.joinpath("self").exists()


def _process(pid: int) -> Process | None:
    if not _has_proc():
        return _told_by_psutil(pid)
    try:
        text = PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # From the third field of /proc/PID/stat on: state, parent, group, session, …
    fields = text.rpartition(")")[2].split()
    if fields[0] in ENDED:
        return None
    return Process(int(fields[1]), int(fields[2]), int(fields[3]), fields[19])


def _told_by_psutil(pid: int) -> Process | None:
    import psutil

    with contextlib.suppress(psutil.Error, OSError):
        found = psutil.Process(pid)
        if found.status() != psutil.STATUS_ZOMBIE:
            start = f"{found.create_time() * 1_000_000:.0f}"
            return Process(found.ppid(), os.getpgid(pid), os.getsid(pid), start)
    return None


def _environment_value(pid: int) -> str:
    """As the program was started with it; empty for a process of somebody else's."""
    if not _has_proc():
        import psutil

        with contextlib.suppress(psutil.Error, OSError):
            return psutil.Process(pid).environ().get(PROCESS, "")
        return ""
    begin = f"{PROCESS}=".encode()
    with contextlib.suppress(OSError):
        entries = PROC.joinpath(str(pid), "environ").read_bytes().split(b"\0")
        values = (entry.removeprefix(begin) for entry in entries if entry.startswith(begin))
        return next(values, b"").decode("utf-8", "replace")
    return ""
