"""Real daemons, each in a data folder of its own and ended by its own process id."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.wire_client import WireClient

BOUND_SECONDS = 30.0


class DaemonProcess:
    def __init__(self, data_dir: Path, *, started_by: Sequence[str] = ()) -> None:
        """`started_by`: a command that takes the daemon's as its arguments."""
        self.data_dir = data_dir
        self.started_by = started_by
        self.socket = data_dir / "daemon.sock"
        self.log = data_dir / "daemon.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str) -> dict[str, Any]:
        """Starts it and returns what it says when it is ready, or why it is not."""
        return read_line(self.begin(*words))

    def begin(self, *words: str) -> int:
        """Starts it and returns the descriptor that it will speak on."""
        read_end, write_end = os.pipe()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*self.started_by, *serve_command(self.data_dir), "--ready-fd", str(write_end), *words],
                pass_fds=(write_end,),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        os.close(write_end)
        return read_end

    def client(self, **options: object) -> WireClient:
        client = WireClient(self.socket)
        try:
            client.initialize(options)
        except OSError:
            client.socket.close()
            raise
        return client

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def kill(self) -> None:
        """As `kill -9` does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(BOUND_SECONDS)

    def stop(self, number: int = signal.SIGTERM) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        assert self.process is not None
        return self.process.wait(BOUND_SECONDS)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()
                raise


def serve_command(data_dir: Path) -> list[str]:
    return [sys.executable, "-m", "treadle", "serve", "--data-dir", str(data_dir)]


def read_line(descriptor: int) -> dict[str, Any]:
    """One JSON line of a daemon that starts."""
    with os.fdopen(descriptor, "rb") as ready:
        assert select.select([ready], [], [], BOUND_SECONDS)[0], "the daemon says nothing"
        line: dict[str, Any] = json.loads(ready.readline())
    return line


def new_data_dir() -> Path:
    """Short enough for a socket address."""
    return Path(tempfile.mkdtemp(prefix="treadle-"))


@pytest.fixture
def data_dir() -> Iterator[Path]:
    folder = new_data_dir()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def daemon(data_dir: Path) -> Iterator[DaemonProcess]:
    """A daemon of the test's own."""
    process = DaemonProcess(data_dir)
    try:
        assert "error" not in process.start()
        yield process
    finally:
        process.end()


@pytest.fixture(scope="module")
def shared_daemon() -> Iterator[DaemonProcess]:
    """One daemon for the tests of a module that do not end it."""
    folder = new_data_dir()
    process = DaemonProcess(folder)
    try:
        assert "error" not in process.start()
        yield process
    finally:
        process.end()
        shutil.rmtree(folder)
