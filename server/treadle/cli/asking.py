"""Questions to a person at the terminal."""

import select
import sys
from collections.abc import Callable

YES = ("y", "yes")
LOOK_SECONDS = 0.5


def person() -> Callable[[str], bool] | None:
    """Asks yes or no; None where there is no terminal to ask on."""
    return _yes if sys.stdin.isatty() and sys.stderr.isatty() else None


def _yes(question: str) -> bool:
    # On stderr: stdout may be read by a program.
    try:
        print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
        # A Ctrl-C just before reading would be seen only after it: so nobody reads before there is something.
        while not select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:
            pass
        return sys.stdin.readline().strip().lower() in YES
    except OSError:  # the terminal was closed
        return False
