"""A person at a terminal: a program on a controlling terminal of its own, and what is on its screen at every moment.

The screen is read all the time, so that no program waits for a test that looks elsewhere.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psutil
import pyte

from tests.agent_fixtures import QUIET
from tests.e2e.agent_worlds import AgentWorld
from tests.e2e.treadle_runs import World, wait_until_over
from tools.claude_code_cli import VERSION

BOUND_SECONDS: Final = 60.0
ROWS, COLUMNS = 40, 120
KEYS: Final = {"enter": "\r", "escape": "\x1b", "ctrl-c": "\x03", "ctrl-d": "\x04", "ctrl-z": "\x1a", "down": "\x1b[B"}
ON_ITS_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)
"""Makes the terminal on standard input the controlling one, as a terminal window does, and becomes the program."""
TRUSTED: Final = {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True, "allowedTools": []}


class ClaudeTerminal:
    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._terminal, theirs = pty.openpty()
        self._device = os.ttyname(theirs)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self._screen = _Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._written = bytearray()
        self._changed = threading.Condition()
        self._closed = False
        """Nobody has the other end any more."""
        self._is_open = True
        self._stop_reading, self._wake = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", ON_ITS_TERMINAL, *argv],
            cwd=folder,
            env={**environment, "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    @property
    def screen(self) -> str:
        """What a person sees now."""
        with self._changed:
            return self._seen()

    @property
    def written(self) -> str:
        """Everything that was ever written, with its control sequences."""
        with self._changed:
            return self._written.decode("utf-8", "replace")

    def wait_for(self, text: str, *, after: str = "") -> None:
        """On the screen; `after`: and below the last such text, if that one is still there."""
        self._wait(lambda: text in _below(after, self._seen()), f"{text!r} is not there")

    def wait_gone(self, text: str) -> None:
        self._wait(lambda: text not in self._seen(), f"{text!r} is still there")

    def wait_written(self, *texts: str) -> None:
        """That they were written, one after the other, even if they are not on the screen any more."""
        pattern = re.compile(b".*?".join(re.escape(text.encode()) for text in texts), re.DOTALL)
        self._wait(lambda: pattern.search(self._written) is not None, f"{texts} was not written")

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def press(self, key: str) -> None:
        self.type(KEYS[key])

    def say(self, text: str) -> None:
        """Type a line, see it on the screen, and send it."""
        self.type(text)
        self.wait_for(text)
        self.press("enter")

    def end(self) -> int:
        """Waits for the program to end by itself, and everything that it started here; its exit code."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._closed, BOUND_SECONDS), f"it does not end:\n{self._seen()}"
        return self.process.wait(BOUND_SECONDS)

    def close(self) -> int:
        """As a person closes the window: the program gets SIGHUP."""
        self._close()
        return self.process.wait(BOUND_SECONDS)

    def processes(self) -> list[psutil.Process]:
        """The program, whatever has this terminal, and whatever they have started."""
        ours = [process for process in psutil.process_iter() if self._is_ours(process)]
        below = []
        for process in ours:
            with suppress(psutil.Error):
                below += process.children(recursive=True)
        return list({process.pid: process for process in [*ours, *below]}.values())

    def kill_all(self) -> None:
        """And waits until they are gone."""
        left = self.processes()
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        self.process.wait(BOUND_SECONDS)
        wait_until_over(left)
        self._close()

    def _close(self) -> None:
        if self._is_open:
            self._is_open = False
            os.write(self._wake, b"x")
            self._reader.join(BOUND_SECONDS)
            for descriptor in (self._terminal, self._stop_reading, self._wake):
                os.close(descriptor)

    def _is_ours(self, process: psutil.Process) -> bool:
        """The name of a terminal that is closed may be another one's already."""
        with suppress(psutil.Error):
            return process.pid == self.process.pid or (self._is_open and process.terminal() == self._device)
        return False

    def _wait(self, is_so: Callable[[], bool], complaint: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: is_so() or self._closed, BOUND_SECONDS)
            ended = ", and the program has ended" if self._closed else ""
            assert is_so(), f"{complaint}{ended}:\n{self._seen()}"

    def _seen(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display).strip("\n")

    def _read(self) -> None:
        while chunk := self._chunk():
            with self._changed:
                self._written += chunk
                self._stream.feed(chunk)
                self._changed.notify_all()
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _chunk(self) -> bytes:
        ready = select.select([self._terminal, self._stop_reading], [], [])[0]
        try:
            return b"" if self._stop_reading in ready else os.read(self._terminal, 65_536)
        except OSError:  # how Linux says that nobody has the other end any more
            return b""


class _Screen(pyte.Screen):
    """Leaves alone what it does not know; pyte raises at the private forms that Claude Code asks for colours with."""

    def select_graphic_rendition(self, *attributes: int, **private: bool) -> None:
        if not private:
            super().select_graphic_rendition(*attributes)


@contextmanager
def on_a_terminal(argv: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[ClaudeTerminal]:
    """Whatever the test does, nothing of it is left."""
    terminal = ClaudeTerminal(argv, environment, folder)
    try:
        yield terminal
    finally:
        terminal.kill_all()


def seed(config: Path, *projects: Path, **more: Any) -> None:
    """What Claude Code asks at its first start is answered: it is known here, and the folders are trusted."""
    known: dict[str, Any] = {
        "hasCompletedOnboarding": True,
        "lastOnboardingVersion": VERSION,
        "theme": "dark",
        "fullscreenUpsellSeenCount": 99,
        "customApiKeyResponses": {"approved": [QUIET["ANTHROPIC_API_KEY"][-20:]], "rejected": []},
        "projects": {str(project): TRUSTED for project in projects},
    }
    config.mkdir(parents=True, exist_ok=True)
    (config / ".claude.json").write_text(json.dumps({**known, **more}))


@contextmanager
def claude_on_a_terminal(
    world: AgentWorld, *flags: str, prompt: str | None = None, mode: str = "manual", resume: bool = False
) -> Iterator[ClaudeTerminal]:
    """Claude Code as a person starts it, in the world's conversation."""
    which = f"--{'resume' if resume else 'session-id'}={world.conversation_id}"
    words = [] if prompt is None else ["--", prompt]
    argv = [world.environment["TREADLE_CLAUDE"], which, f"--permission-mode={mode}", *flags, *words]
    seed(world.config, world.project)
    with on_a_terminal(argv, world.environment, world.project) as terminal:
        yield terminal


@contextmanager
def treadle_on_a_terminal(world: World, *words: str) -> Iterator[ClaudeTerminal]:
    argv = [*world.program, *words, "--data-dir", str(world.data_dir)]
    seed(Path(world.environment["CLAUDE_CONFIG_DIR"]), world.project)
    with on_a_terminal(argv, world.environment, world.project) as terminal:
        yield terminal


def _below(text: str, seen: str) -> str:
    return seen.rpartition(text)[2] if text else seen
