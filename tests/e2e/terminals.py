"""`treadle` as a person sees it: on a pseudo terminal."""

import codecs
import os
import pty
import select
import subprocess
import sys
from time import monotonic

from tests.e2e.treadle_runs import World

BOUND_SECONDS = 60.0


class Terminal:
    """A program on a pseudo terminal, and what it has written."""

    def __init__(self, world: World, *words: str) -> None:
        self._terminal, theirs = pty.openpty()
        self.text = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "treadle", *words, "--data-dir", str(world.data_dir)],
            cwd=world.project,
            env={**world.environment, "TERM": "xterm-256color", "COLUMNS": "120"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def wait_for(self, text: str) -> None:
        deadline = monotonic() + BOUND_SECONDS
        while text not in self.text:
            assert monotonic() < deadline, self.text
            assert self._read(), self.text

    def end(self) -> int:
        deadline = monotonic() + BOUND_SECONDS
        while self._read():
            assert monotonic() < deadline, self.text
        os.close(self._terminal)
        return self.process.wait(BOUND_SECONDS)

    def close(self) -> int:
        """As a person closes the window; the program gets no SIGHUP, for the terminal is not its controlling one."""
        os.close(self._terminal)
        return self.process.wait(BOUND_SECONDS)

    def _read(self) -> bool:
        if not select.select([self._terminal], [], [], BOUND_SECONDS)[0]:
            return False
        try:
            chunk = os.read(self._terminal, 65_536)
        except OSError:  # how Linux says that the other end is closed
            return False
        self.text += self._decoder.decode(chunk)
        return bool(chunk)
