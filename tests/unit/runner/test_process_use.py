import os
import subprocess
import sys

from treadle.runner.process_use import processes_below

WORKER = "print(sum(i * i for i in range(10**6)), flush=True); input()"


def test_what_runs_below_is_named_with_what_it_used() -> None:
    script = f"{sys.executable} -c '{WORKER}'; true"
    with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout is not None
        shell.stdout.readline()
        (below,) = processes_below(shell.pid)
        assert below.name.startswith("python")
        assert "range(10**6)" in below.command
        assert below.cpu_s > 0.01
        assert below.pid not in (shell.pid, os.getpid())
        assert below.pid in {each.pid for each in processes_below(os.getpid())}
        assert below.as_data().keys() == {"pid", "name", "command", "state", "cpu_s"}


def test_below_a_process_that_is_gone_there_is_nothing() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert processes_below(process.pid) == ()
