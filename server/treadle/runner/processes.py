"""Child processes in groups of their own, and how they are ended: by id, gently first, and whole."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

TERM_SECONDS = 5.0
KILL_SECONDS = 5.0
POLL_SECONDS = 0.02
PROC = Path("/proc")
Groups = Mapping[int, Mapping[int, str]]
"""Of each group its members, by process id, with their start tokens."""


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
    try:
        _signal(group, signal.SIGTERM)
        _wait_until(lambda: start_token(group) is None and not group_lives(group), TERM_SECONDS)
    finally:  # also when a second Ctrl-C does not wait for a gentle end
        _kill_rest(group, others)


def end_child(process: subprocess.Popen[bytes]) -> int:
    """End a child and its group, and give its exit code."""
    others = _groups_below(process.pid)
    try:
        if process.poll() is None:
            _signal(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(TERM_SECONDS)
    finally:
        _kill_rest(process.pid, others)
    return process.wait()


def group_lives(group: int, since: str | None = None) -> bool:
    """Whether anything of a group that we started lives, its leader or what that left behind.

    `since`: the leader's start token, where the number may be another group's by now.
    """
    return any(group in (row.group, row.session) and row.is_from(since) for row in _process_table().values())


def start_token(pid: int) -> str | None:
    """What tells a process from a later one with the same id; None when there is no such process."""
    if not PROC.joinpath("self").exists():
        shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return shown.stdout.strip() or None
    row = _process(pid)
    return None if row is None else row.start


@dataclass(frozen=True, slots=True)
class _Process:
    parent: int
    group: int
    session: int
    start: str

    def is_from(self, since: str | None) -> bool:
        return since is None or (since.isdigit() and int(self.start) >= int(since))


def _process(pid: int) -> _Process | None:
    """None when it has ended, though its parent may not have asked yet."""
    try:
        text = PROC.joinpath(str(pid), "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # From the third field of /proc/PID/stat on: state, parent, group, session, …
    fields = text.rpartition(")")[2].split()
    if fields[0] in ("Z", "X"):
        return None
    return _Process(int(fields[1]), int(fields[2]), int(fields[3]), fields[19])


def _process_table() -> dict[int, _Process]:
    """Empty on systems without /proc."""
    if not PROC.joinpath("self").exists():
        return {}
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return {pid: row for pid in pids if (row := _process(pid)) is not None}


def _groups_below(leader: int) -> Groups:
    """The other groups of a leader's descendants and session. An agent gives its commands groups of their own."""
    table = _process_table()
    children: dict[int, list[int]] = {}
    for pid, row in table.items():
        children.setdefault(row.parent, []).append(pid)
    waiting = [leader, *(pid for pid, row in table.items() if row.session == leader)]
    seen: set[int] = set()
    groups: dict[int, dict[int, str]] = {}
    while waiting:
        pid = waiting.pop()
        if pid in seen:
            continue
        seen.add(pid)
        waiting += children.get(pid, [])
        found = table.get(pid)
        if pid != leader and found is not None and found.group != leader:
            groups.setdefault(found.group, {})[pid] = found.start
    return groups


def _kill_rest(leader: int, others: Groups) -> None:
    """Whether the leader went by itself or not: what it started may have stayed, and is no descendant any more."""
    _signal(leader, signal.SIGKILL)
    remaining = {**_groups_below(leader), **others}
    for group, members in remaining.items():
        if any(_is_still(pid, start, group) for pid, start in members.items()):
            _signal(group, signal.SIGKILL)
    known = [(pid, start, group) for group, members in remaining.items() for pid, start in members.items()]
    _wait_until(lambda: not group_lives(leader) and not any(_is_still(*each) for each in known), KILL_SECONDS)


def _is_still(pid: int, start: str, group: int) -> bool:
    row = _process(pid)
    return row is not None and (row.start, row.group) == (start, group)


def _signal(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _wait_until(is_over: Callable[[], bool], seconds: float) -> None:
    deadline = monotonic() + seconds
    pause = threading.Event()
    while not is_over() and monotonic() < deadline:
        pause.wait(POLL_SECONDS)
