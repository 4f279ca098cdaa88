"""Whether the files that SQLite has open are still those that the next start will find.

A file that was removed or replaced takes writes without a word, and all of them are gone when it is closed.
"""

import os
from pathlib import Path


class OpenFiles:
    """Of a database in use: neither its file nor its log is made anew while it is."""

    def __init__(self, path: Path) -> None:
        self._paths = (os.fspath(path), f"{path}-wal")
        self._known: dict[str, tuple[int, int]] = {}

    def are_in_place(self) -> bool:
        """Costs a few microseconds. Call it when something was just committed: then both are there."""
        return all(self._is_in_place(path) for path in self._paths)

    def _is_in_place(self, path: str) -> bool:
        try:
            found = os.stat(path)  # noqa: PTH116 - after every commit: a Path takes twice as long
        except OSError:
            return False
        identity = (found.st_dev, found.st_ino)
        return self._known.setdefault(path, identity) == identity
