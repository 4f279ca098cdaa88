"""A program that has the person's terminal for a while, and leaves it as it was, however it ends."""

import contextlib
import os
import signal
import sys
import termios
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType

from treadle.runner.processes import end_in_foreground, start_in_foreground

RESETS = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1016l"  # reports of the mouse
    "\x1b[?1004l\x1b[?2004l\x1b[?2026l\x1b[?2031l"  # of focus and pasting, updates in one piece, reports of the theme
    "\x1b[?1l\x1b[>4m\x1b[<u"  # other keyboards
    "\x1b[?1049l\x1b[?7h\x1b[?25h\x1b[0m"  # the other screen, long lines, a hidden cursor, colours
)


class Foreground:
    def __init__(self, argv: Sequence[str], *, cwd: os.PathLike[str], env: Mapping[str, str]) -> None:
        """:raises OSError: it cannot be started"""
        self._process = start_in_foreground(argv, cwd=cwd, env=env)

    @property
    def pid(self) -> int:
        return self._process.pid

    def poll(self) -> int | None:
        """Its exit code, negative for the signal that ended it. None: it runs.

        One that stops itself, as its Ctrl-Z has it do, stops us too: the shell then has the terminal, and its `fg`
        lets both go on.
        """
        if self._process.returncode is None and self._state() == "stopped":
            # A terminal without a shell has nobody who would say `fg`: there this signal does nothing.
            os.kill(os.getpid(), signal.SIGTSTP)
            self._process.send_signal(signal.SIGCONT)
        return self._process.returncode

    def end(self) -> int:
        """It, and what it has started; its exit code. One that ended badly has left the screen as it was drawing it."""
        code = end_in_foreground(self._process)
        if code != 0:
            with contextlib.suppress(OSError, ValueError):  # the terminal was closed
                sys.stdout.write(RESETS)
                sys.stdout.flush()
        return code

    def _state(self) -> str:
        pid, status = os.waitpid(self._process.pid, os.WNOHANG | os.WUNTRACED)
        if pid == 0:
            return "runs"
        if os.WIFSTOPPED(status):
            return "stopped"
        self._process.returncode = os.waitstatus_to_exitcode(status)
        return "ended"


@contextmanager
def terminal_lent() -> Iterator[None]:
    """To a program for which Ctrl-C is a key: a SIGINT that comes meanwhile is not meant for us."""
    before = _settings()
    interrupted = signal.signal(signal.SIGINT, _not_for_us)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, interrupted)
        if before is not None:
            _restore(before)


def _settings() -> "list[int | list[bytes | int]] | None":
    with contextlib.suppress(OSError, ValueError, termios.error):
        return termios.tcgetattr(sys.stdin.fileno())
    return None


def _restore(before: "list[int | list[bytes | int]]") -> None:
    """What was typed and not read was meant for the program: it is no answer to the next question."""
    with contextlib.suppress(OSError, ValueError, termios.error):  # the terminal was closed
        termios.tcsetattr(sys.stdin.fileno(), termios.TCSAFLUSH, before)


def _not_for_us(_number: int, _frame: FrameType | None) -> None: ...
