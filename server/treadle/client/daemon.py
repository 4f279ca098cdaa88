"""Starts the user's daemon when none listens."""

import contextlib
import json
import os
import select
import socket
import subprocess
import sys
import threading
from time import monotonic
from typing import NamedTuple

from treadle.client.errors import ClientError, ExitCode
from treadle.client.holder import is_held
from treadle.client.locations import Locations
from treadle.client.reach import reach_daemon, wait_for_daemon
from treadle.client.run_marks import unmarked_environment
from treadle.client.turn import turn

START_SECONDS = 30.0
PATIENCE_SECONDS = 2.0
TURN_SECONDS = 10.0
"""So long a client waits for another one's attempt to start the daemon."""
ALREADY_RUNNING = "second_daemon"
MAX_READY_BYTES = 64 * 1024
MAX_LOG_BYTES = 8 * 1024 * 1024
STARTS = 3
"""Of a daemon that ends without a word: it was killed, perhaps."""


class Refusal(NamedTuple):
    """What a daemon writes instead of being ready."""

    code: str
    message: str


def ensure_daemon(locations: Locations, *, timeout: float = START_SECONDS) -> socket.socket:
    """A connected socket; starts the daemon when none listens.

    One client starts it, the others wait for it. Should two be started all the same, the second one ends, and both
    clients reach the first.
    :raises ClientError: it cannot be started; the sentence is the daemon's own
    """
    began = monotonic()
    deadline = began + timeout
    reached = reach_daemon(locations)
    while reached is None and monotonic() < deadline:
        locations.prepare()
        with turn(locations.starting) as is_ours:
            # One that was stopped by hand in the middle of its turn must not hold up the others for ever.
            if is_ours or monotonic() - began > TURN_SECONDS:
                _start_one(locations, deadline)
        # Another daemon holds the lock: it listens soon, or it ends and the next attempt takes its place.
        reached = wait_for_daemon(locations, min(deadline, monotonic() + PATIENCE_SECONDS))
    if reached is None:
        raise ClientError(f"The daemon does not answer at {locations.socket}; its log is {locations.log}.")
    return reached


def _start_one(locations: Locations, deadline: float) -> None:
    """Unless the client whose turn it was before has just done so."""
    if is_held(locations.lock):
        return
    refusal = _start(locations, deadline)
    if refusal is not None and refusal.code != ALREADY_RUNNING:
        raise ClientError(refusal.message, ExitCode.DAEMON)


def _start(locations: Locations, deadline: float) -> Refusal | None:
    """Start a daemon and wait until it says that it is ready; what it says instead, if it is not."""
    line, starts = b"", 0
    while not line and starts < STARTS and monotonic() < deadline:
        line = _first_words(locations, deadline)
        starts += 1
    return _refusal(line, locations)


def _first_words(locations: Locations, deadline: float) -> bytes:
    """Of a daemon that is started; empty when it ends without any, or says none until the deadline."""
    read_end, write_end = os.pipe()
    try:
        process = _spawn(locations, write_end)
    except OSError as error:
        os.close(read_end)
        raise ClientError(f"The daemon cannot be started: {error.strerror}.") from error
    finally:
        os.close(write_end)
    # Reaps it should it end before this process.
    threading.Thread(target=process.wait, name="daemon-reaper", daemon=True).start()
    with os.fdopen(read_end, "rb", buffering=0):
        return _first_line(read_end, deadline)


def _spawn(locations: Locations, ready_fd: int) -> subprocess.Popen[bytes]:
    command = ["serve", "--data-dir", os.fspath(locations.data_dir), "--ready-fd", str(ready_fd)]
    _rotate(locations)
    descriptor = os.open(locations.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        return subprocess.Popen(
            [*treadle_command(), *command],
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            cwd=locations.data_dir,
            env=unmarked_environment(),
            pass_fds=(ready_fd,),
            start_new_session=True,
        )
    finally:
        os.close(descriptor)


def _rotate(locations: Locations) -> None:
    """One old log is kept. Not while a daemon runs: it would go on writing into the old one."""
    with contextlib.suppress(OSError):
        if locations.log.stat().st_size > MAX_LOG_BYTES and not is_held(locations.lock):
            locations.log.replace(locations.old_log)


def treadle_command() -> list[str]:
    """This same Treadle as a command. `-P`: a folder `treadle` of the person's project must not take its place."""
    return [sys.executable, "-P", "-m", "treadle"]


def _first_line(descriptor: int, deadline: float) -> bytes:
    line = b""
    while b"\n" not in line and len(line) < MAX_READY_BYTES:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - monotonic()))
        chunk = os.read(descriptor, 4096) if ready else b""
        if not chunk:
            break
        line += chunk
    return line.partition(b"\n")[0]


def _refusal(line: bytes, locations: Locations) -> Refusal | None:
    with contextlib.suppress(ValueError):
        said = json.loads(line)
        if isinstance(said, dict):
            return Refusal(str(said.get("code")), str(said["error"])) if said.get("error") else None
    return Refusal("unknown", f"The daemon could not be started; its log is {locations.log}.")
