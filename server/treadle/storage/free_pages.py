"""Giving the pages that deleted rows left back to the file system: while nobody waits, and little by little."""

import logging
import sqlite3

STEP_PAGES = 256
STEP_SECONDS = 0.005
"""Between two steps, for whoever comes with a request."""
WORTH_PAGES = 1_024
"""Fewer are left for the next rows: there will be some."""

log = logging.getLogger(__name__)


class FreePages:
    """Runs on the writing thread, between two commits."""

    def __init__(self, writer: sqlite3.Connection) -> None:
        self.has_more = False
        """Whether the next step need not wait long."""
        self._writer = writer

    def give_back(self) -> bool:
        """One step; whether there was anything worth it."""
        try:
            free = self._count()
            if free <= WORTH_PAGES:
                self.has_more = False
                return False
            # As a script: a statement that is executed gives back one page only.
            self._writer.executescript(f"PRAGMA incremental_vacuum({STEP_PAGES})")
            left = self._count()
        except sqlite3.Error as error:
            log.warning("The database file could not be made smaller: %s", error)
            self.has_more = False
            return False
        # A file that was made by something else may have no room for it.
        self.has_more = WORTH_PAGES < left < free
        return left < free

    def _count(self) -> int:
        return int(self._writer.execute("PRAGMA freelist_count").fetchone()[0])
