"""Child processes, and how they are ended: by id, gently first, and whole. Each has a group of its own, but for the one
that has the person's terminal.

An agent gives its commands sessions of their own, and they stay when it is killed. So each child has a mark in its
environment, which whatever it starts inherits.
"""

import contextlib
import itertools
import os
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic

from treadle.client.run_marks import PROCESS
from treadle.runner.process_table import all_processes, marked_with, start_token

TERM_SECONDS = 5.0
REST_SECONDS = 1.0
"""For what the leader has left behind to end gently."""
KILL_SECONDS = 5.0
POLL_SECONDS = 0.02
RUN_MARK = secrets.token_hex(8)
"""Begins the marks of all that this process starts."""
Family = Mapping[int, str]
"""Process ids, with what tells each from a later one with the same id."""

_numbers = itertools.count(1)
_marks: dict[int, str] = {}


def start_group(
    argv: Sequence[str], *, cwd: os.PathLike[str], env: Mapping[str, str], stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """:raises OSError: the program cannot be started"""
    mark, marked = _marked(env)
    process = subprocess.Popen(
        argv,
        cwd=cwd,
        env=marked,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    _marks[process.pid] = mark
    return process


def start_in_foreground(
    argv: Sequence[str], *, cwd: os.PathLike[str], env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """In our own group, with our own terminal: what a person does to a job there, it is done to both.

    :raises OSError: the program cannot be started
    """
    mark, marked = _marked(env)
    process = subprocess.Popen(argv, cwd=cwd, env=marked)
    _marks[process.pid] = mark
    return process


def _marked(env: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    mark = f"{RUN_MARK}.{next(_numbers)}"
    outer = f"{env[PROCESS]}:" if env.get(PROCESS) else ""
    return mark, {**env, PROCESS: f"{outer}{mark}"}


def mark_of(pid: int) -> str | None:
    """Of a child of ours that was not ended yet."""
    return _marks.get(pid)


def end_child(process: subprocess.Popen[bytes], *, spares_services: bool = False) -> int:
    """End a child and whatever it started, and give its exit code.

    `spares_services`: what it left in sessions of their own stays, such as a database that it was to start.
    """
    mark = _marks.pop(process.pid, None)
    mark = None if spares_services else mark
    family = _family(process.pid, mark)
    gently = False
    try:
        if process.poll() is None:
            _signal(process.pid, signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(TERM_SECONDS)
        gently = True
    finally:  # also when a second Ctrl-C does not wait for a gentle end
        _end_rest(process.pid, mark, family, gently=gently)
    return process.wait()


def end_in_foreground(process: subprocess.Popen[bytes]) -> int:
    """As `end_child`, of one that was started in the foreground."""
    mark = _marks.pop(process.pid, None)
    family = _family(process.pid, mark)
    gently = False
    try:
        if process.poll() is None:
            process.terminate()
            process.send_signal(signal.SIGCONT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(TERM_SECONDS)
        gently = True
    finally:
        process.kill()
        _end_rest(process.pid, mark, family, gently=gently)
    return process.wait()


def end_group(group: int) -> None:
    """End a group that is not ours: its leader, the rest of it, and what they started."""
    family = _family(group, None)
    gently = False
    try:
        _signal(group, signal.SIGTERM)
        _wait_until(lambda: start_token(group) is None and not group_lives(group), TERM_SECONDS)
        gently = True
    finally:
        _end_rest(group, None, family, gently=gently)


def end_marked(mark: str) -> bool:
    """End all that lives with this mark, or with one that begins with it; whether there was anything."""
    family = {pid: row.start for pid, row in all_processes().items() if marked_with(pid, mark)}
    _send(family.items(), signal.SIGTERM)
    _wait_until(lambda: not _living(family), TERM_SECONDS if family else 0)
    _kill(lambda: {**_living(family), **_family(None, mark)})
    return bool(family)


def marked_lives(mark: str) -> bool:
    return any(marked_with(pid, mark) for pid in all_processes())


def group_lives(group: int, since: str | None = None) -> bool:
    """Whether anything of a group that we started lives, its leader or what that left behind.

    `since`: the leader's start token, where the number may be another group's by now.
    """
    return any(group in (row.group, row.session) and row.is_from(since) for row in all_processes().values())


def _family(leader: int | None, mark: str | None) -> dict[int, str]:
    """Its descendants and their groups, its session, and all that has the mark; without the leader."""
    table = all_processes()
    found = {pid for pid, row in table.items() if leader is not None and leader in (row.parent, row.group, row.session)}
    found |= {pid for pid in table if mark is not None and marked_with(pid, mark)}
    size = -1
    while len(found) > size:
        size = len(found)
        groups = {table[pid].group for pid in found} - {os.getpgrp()}
        found |= {pid for pid, row in table.items() if row.parent in found or row.group in groups}
    return {pid: table[pid].start for pid in found - {leader, os.getpid()}}


def _end_rest(leader: int, mark: str | None, family: Family, *, gently: bool) -> None:
    """Whether the leader went by itself or not: what it started may have stayed, and is no descendant any more."""
    rest = {**_living(family), **_family(leader, mark)}
    if rest and gently:
        _send(rest.items(), signal.SIGTERM)
        _wait_until(lambda: not _living(rest), REST_SECONDS)
    _signal(leader, signal.SIGKILL)
    _kill(lambda: {**_living(rest), **_family(leader, mark)})


def _kill(remaining: Callable[[], Family]) -> None:
    """Until nothing remains: one that is just being started is killed the next time."""
    deadline = monotonic() + KILL_SECONDS
    while (left := remaining()) and monotonic() < deadline:
        _send(left.items(), signal.SIGKILL)
        _wait_until(lambda known=left: not _living(known), POLL_SECONDS * 10)  # type: ignore[misc]


def _living(family: Family) -> dict[int, str]:
    return {pid: start for pid, start in family.items() if start_token(pid) == start}


def _send(family: Iterable[tuple[int, str]], number: int) -> None:
    for pid, start in family:
        if start_token(pid) == start:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)


def _signal(group: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def _wait_until(is_over: Callable[[], bool], seconds: float) -> None:
    deadline = monotonic() + seconds
    pause = threading.Event()
    while not is_over() and monotonic() < deadline:
        pause.wait(POLL_SECONDS)
