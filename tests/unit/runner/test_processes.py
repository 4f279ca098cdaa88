"""Whatever a child started is ended with it, in whatever group it put it."""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from treadle.client.run_marks import PROCESS
from treadle.runner import process_table, processes
from treadle.runner.process_table import start_token
from treadle.runner.processes import (
    RUN_MARK,
    end_child,
    end_group,
    end_marked,
    group_lives,
    mark_of,
    marked_lives,
    start_group,
)

STARTS_A_GROUP = """
import os, signal, subprocess, sys
{before}
ignores = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", ignores], {how}, stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
{after}
"""
SESSION, GROUP = "start_new_session=True", "process_group=0"
STAYS = "signal.pause()"


@contextmanager
def started(how: str, *, before: str = "", after: str = STAYS) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """A child that starts one that is deaf to SIGTERM, and what that one's process id is."""
    script = STARTS_A_GROUP.format(how=how, before=before, after=after)
    process = start_group([sys.executable, "-c", script], cwd=Path("/"), env=os.environ)
    assert process.stdout is not None
    assert process.stderr is not None
    below = 0
    try:
        assert select.select([process.stdout], [], [], 20)[0]
        below = int(process.stdout.readline())
        yield process, below
    finally:
        for pid in (process.pid, below):
            with suppress(ProcessLookupError):
                os.kill(pid or process.pid, signal.SIGKILL)
        process.wait(10)
        process.stdout.close()
        process.stderr.close()


@pytest.mark.parametrize("how", [SESSION, GROUP])
def test_a_group_below_survives_neither_a_leader_that_goes_gently(how: str) -> None:
    with started(how) as (process, below):
        end_child(process)
        assert start_token(below) is None


@pytest.mark.parametrize("how", [SESSION, GROUP])
def test_nor_one_that_must_be_killed(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "TERM_SECONDS", 0.2)
    with started(how, before="signal.signal(signal.SIGTERM, signal.SIG_IGN)") as (process, below):
        assert end_child(process) == -signal.SIGKILL
        assert start_token(below) is None


def test_nor_one_that_has_gone_already() -> None:
    with started(GROUP, after="") as (process, below):
        process.wait(10)
        end_child(process)
        assert start_token(below) is None


@pytest.mark.parametrize("how", [SESSION, GROUP])
def test_a_group_that_is_not_ours_is_ended_whole(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "TERM_SECONDS", 0.2)
    with started(how) as (process, below):
        end_group(process.pid)
        assert start_token(below) is None
        assert not group_lives(process.pid)


def test_a_group_lives_as_long_as_one_of_it_does() -> None:
    with started(GROUP, after="") as (process, below):
        since = start_token(below)
        process.wait(10)
        assert group_lives(process.pid)
        assert group_lives(process.pid, since=since)
        assert not group_lives(process.pid, since=str(int(since or "") + 1))


ORPHAN = """
import os, subprocess, sys
says_who_it_is = "echo $$; exec >/dev/null; sleep 60; true"
subprocess.Popen(["sh", "-c", says_who_it_is], start_new_session=True, stdin=subprocess.DEVNULL)
"""
"""By then its environment can be read, too; of a program that is just begun it is empty."""


@contextmanager
def orphaned(*, mark: str | None = None) -> "Iterator[tuple[subprocess.Popen[bytes], int]]":
    """A child that was killed, and what it had started in a session of its own, which nothing leads to any more."""
    script = f"{ORPHAN}\nimport signal; signal.pause()"
    environment = {**os.environ, **({PROCESS: mark} if mark else {})}
    process = start_group([sys.executable, "-c", script], cwd=Path("/"), env=environment)
    assert process.stdout is not None
    assert process.stderr is not None
    below = int(process.stdout.readline())
    try:
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
        assert start_token(below) is not None
        yield process, below
    finally:
        with suppress(ProcessLookupError):
            os.kill(below, signal.SIGKILL)
        process.stdout.close()
        process.stderr.close()


@pytest.fixture(params=[True, False], ids=["proc", "psutil"])
def either_table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Linux, and as on a system without /proc."""
    if not request.param:
        monkeypatch.setattr(process_table, "PROC", Path("/nonexistent"))


@pytest.mark.usefixtures("either_table")
def test_what_a_killed_leader_started_in_a_session_of_its_own_is_ended() -> None:
    with orphaned() as (process, below):
        assert end_child(process) == -signal.SIGKILL
        assert start_token(below) is None


@pytest.mark.usefixtures("either_table")
def test_a_mark_is_enough_to_find_it() -> None:
    with orphaned() as (process, below):
        mark = mark_of(process.pid)
        assert mark is not None
        assert mark.startswith(f"{RUN_MARK}.")
        assert marked_lives(mark)
        assert not marked_lives(f"{mark}0")
        assert end_marked(mark)
        assert start_token(below) is None
        assert not end_marked(mark)


def test_the_mark_of_the_whole_run_and_of_one_that_it_runs_below_find_it_too() -> None:
    for mark in (RUN_MARK, "outer.1", "outer"):
        with orphaned(mark="outer.1") as (_, below):
            assert end_marked(mark)
            assert start_token(below) is None


def test_siblings_are_left_alone() -> None:
    with orphaned() as (process, below), orphaned() as (_, sibling):
        end_child(process)
        assert start_token(below) is None
        assert start_token(sibling) is not None


def test_what_is_left_behind_may_end_gently_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "REST_SECONDS", 30.0)
    cleans = f"trap 'touch {tmp_path}/cleaned; exit' TERM; echo $$; while :; do sleep 0.05; done"
    script = f"import subprocess; subprocess.run(['sh', '-c', {cleans!r}], start_new_session=True)"
    process = start_group([sys.executable, "-c", script], cwd=Path("/"), env=os.environ)
    assert process.stdout is not None
    assert process.stderr is not None
    below = int(process.stdout.readline())
    end_child(process)
    process.stdout.close()
    process.stderr.close()
    assert start_token(below) is None
    assert (tmp_path / "cleaned").exists()


@pytest.mark.usefixtures("either_table")
def test_a_table_knows_this_process_its_session_and_when_it_began() -> None:
    row = process_table.all_processes()[os.getpid()]
    assert (row.parent, row.group, row.session) == (os.getppid(), os.getpgrp(), os.getsid(0))
    assert row.is_from(row.start)
    assert not row.is_from(str(int(row.start) + 1))
