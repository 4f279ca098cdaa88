"""A program that has the terminal: in our own group, of which nobody else is ended with it."""

import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from treadle.runner.foreground import RESETS, Foreground, terminal_lent
from treadle.runner.process_table import start_token

SHARES_OUR_GROUP = """
import os, subprocess, sys
from pathlib import Path
from treadle.runner.foreground import Foreground
bystander = subprocess.Popen(["sleep", "60"])
below = "sleep 60 & echo $! > below.new; mv below.new below; wait"
program = Foreground(["sh", "-c", below], cwd=Path.cwd(), env=os.environ)
while not Path("below").exists():
    assert program.poll() is None
code = program.end()
print(code, bystander.poll(), int(Path("below").read_text()))
bystander.kill()
bystander.wait()
"""


def test_it_is_ended_with_what_it_has_started_and_nobody_else_is(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", SHARES_OUR_GROUP]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, timeout=60, check=True, start_new_session=True)
    code, bystander, below = done.stdout.decode().removeprefix(RESETS).split()
    assert (code, bystander) == ("-15", "None")
    assert start_token(int(below)) is None


def test_the_terminal_is_as_it_was_however_the_program_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, ours = pty.openpty()
    with os.fdopen(ours, "r") as file:
        monkeypatch.setattr("sys.stdin", file)
        _lent_to_one_that_is_killed(ours)
    os.close(terminal)


def _lent_to_one_that_is_killed(ours: int) -> None:
    before = termios.tcgetattr(ours)
    with terminal_lent():
        raw = f"import os, signal, tty; tty.setraw({ours}); os.kill(os.getpid(), signal.SIGKILL)"
        os.set_inheritable(ours, True)
        done = subprocess.run([sys.executable, "-c", raw], close_fds=False, check=False, timeout=60)
        assert done.returncode == -9
        assert termios.tcgetattr(ours) != before
    assert termios.tcgetattr(ours) == before


def test_its_exit_code_is_asked_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "go")
    program = Foreground(["sh", "-c", "read -r _ < go; exit 3"], cwd=tmp_path, env=os.environ)
    assert program.poll() is None
    (tmp_path / "go").write_text("\n")
    while program.poll() is None:
        pass
    assert program.end() == 3
