"""Child processes in groups of their own, and how they are ended: by id, gently first, and whole."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic

TERM_SECONDS = 5.0
KILL_SECONDS = 5.0
POLL_SECONDS = 0.02
PROC = Path("/proc")


def start_group(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str], stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """:raises OSError: the program cannot be started"""
    return subprocess.Popen(
        argv,
        cwd=cwd,
        env=env,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def end_group(group: int) -> None:
    """End a group that is not ours: its leader, the rest of it, and the groups that it started."""
    others = _groups_below(group)
    _signal(group, signal.SIGTERM)
    ended = _wait_until_gone(group, TERM_SECONDS)
    for remaining in [group] if ended else [group, *others]:
        _signal(remaining, signal.SIGKILL)
    _wait_until_gone(group, KILL_SECONDS)


def end_child(process: subprocess.Popen[bytes]) -> int:
    """End a child and its group, and give its exit code."""
    others = _groups_below(process.pid)
    if process.poll() is None:
        _signal(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(TERM_SECONDS)
    # Its group may outlive it: what a test run left in the background, or a program that ignores SIGTERM.
    for group in [process.pid, *others] if process.poll() is None else [process.pid]:
        _signal(group, signal.SIGKILL)
    return process.wait()


def start_token(pid: int) -> str | None:
    """What tells a process from a later one with the same id; None when there is no such process."""
    if not PROC.joinpath("self").exists():
        shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return shown.stdout.strip() or None
    fields = _stat_fields(pid)
    return None if fields is None or fields[0] in ("Z", "X") else fields[19]


def _stat_fields(pid: int) -> list[str] | None:
    """From the third field of /proc/PID/stat on: state, parent, group, …"""
    try:
        text = PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def _groups_below(pid: int) -> list[int]:
    """The other groups among the descendants of a process. An agent gives its commands groups of their own."""
    if not PROC.joinpath("self").exists():
        return []
    children: dict[int, list[tuple[int, int]]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (fields := _stat_fields(int(entry.name))) is not None:
            children.setdefault(int(fields[1]), []).append((int(entry.name), int(fields[2])))
    groups: list[int] = []
    waiting = [pid]
    while waiting:
        for child, group in children.get(waiting.pop(), []):
            waiting.append(child)
            if group not in (pid, *groups):
                groups.append(group)
    return groups


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _wait_until_gone(leader: int, seconds: float) -> bool:
    deadline = monotonic() + seconds
    pause = threading.Event()
    while start_token(leader) is not None:
        if monotonic() > deadline:
            return False
        pause.wait(POLL_SECONDS)
    return True
