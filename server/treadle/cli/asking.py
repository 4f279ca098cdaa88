"""Questions to a person at the terminal."""

import sys
from collections.abc import Callable

YES = ("y", "yes")


def person() -> Callable[[str], bool] | None:
    """Asks yes or no; None where there is no terminal to ask on."""
    return _yes if sys.stdin.isatty() and sys.stderr.isatty() else None


def _yes(question: str) -> bool:
    # On stderr: stdout may be read by a program.
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in YES
