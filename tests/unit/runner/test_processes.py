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

from treadle.runner import processes
from treadle.runner.process_table import start_token
from treadle.runner.processes import end_child, end_group, group_lives, start_group

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
