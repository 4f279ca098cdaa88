"""Ends what a run has started when the run itself is killed: an agent would work on, and nobody would record it.

A shell of a few hundred kilobytes waits for that; what it then calls is this module.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from treadle.runner.processes import RUN_MARK, end_marked

WAITS = 'read -r _ || exec "$@"'
"""Until the run says that it is over; or until it is gone, which closes the pipe."""
WAIT_SECONDS = 5.0


@contextmanager
def guarded() -> Iterator[None]:
    """Nothing that is started meanwhile outlives this process by more than moments."""
    command = [sys.executable, "-P", "-m", "treadle.runner.guard", RUN_MARK]
    try:
        shell = subprocess.Popen(
            ["/bin/sh", "-c", WAITS, "sh", *command],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:  # the run is worth more than its guard
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            shell.communicate(b"\n", WAIT_SECONDS)


if __name__ == "__main__":
    end_marked(sys.argv[1])
