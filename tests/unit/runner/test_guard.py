"""What a run has started does not outlive it, however the run ends; what others started does."""

import subprocess
import sys
import threading
from time import monotonic

from treadle.runner.process_table import start_token

RUN = """
import os, subprocess, sys
from pathlib import Path
from treadle.runner.guard import guarded
from treadle.runner.processes import start_group
with guarded():
    child = start_group(["sh", "-c", "setsid sleep 60 & echo $!; wait"], cwd=Path("/"), env=os.environ)
    stays = subprocess.Popen(["sleep", "60"], start_new_session=True, stdout=subprocess.DEVNULL)
    print(child.pid, child.stdout.readline().decode().strip(), stays.pid, flush=True)
    sys.stdin.read()
print("over", flush=True)
sys.stdin.close()
"""
BOUND_SECONDS = 30.0


def start() -> "tuple[subprocess.Popen[str], list[int]]":
    run = subprocess.Popen([sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    return run, [int(pid) for pid in run.stdout.readline().split()]


def wait_until_gone(pid: int) -> None:
    deadline = monotonic() + BOUND_SECONDS
    pause = threading.Event()
    while start_token(pid) is not None:
        assert monotonic() < deadline
        pause.wait(0.02)


def test_a_killed_run_takes_what_it_started_with_it() -> None:
    run, (child, below, stays) = start()
    run.kill()
    run.communicate()
    wait_until_gone(child)
    wait_until_gone(below)
    assert start_token(stays) is not None
    subprocess.run(["kill", str(stays)], check=True)


def test_a_run_that_ends_by_itself_needs_no_guard() -> None:
    run, pids = start()
    said, _ = run.communicate("", timeout=BOUND_SECONDS)
    assert said == "over\n"
    assert [start_token(pid) is not None for pid in pids] == [True, True, True]
    subprocess.run(["kill", *[str(pid) for pid in pids]], check=True)
