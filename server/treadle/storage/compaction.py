"""Making the files of the database hold what is in it and nothing else."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Compacted:
    log_emptied: bool
    backups: tuple[Path, ...]
    """Copies from before upgrades."""


def compact(writer: sqlite3.Connection, *, rewrite: bool) -> bool:
    """On the writing connection, between two commits; whether the log is empty now.

    :raises sqlite3.Error: there is no room for a second file, say
    """
    if rewrite:
        # The new file may be larger than the memory.
        writer.execute("PRAGMA temp_store=FILE")
        try:
            writer.execute("VACUUM")
        finally:
            writer.execute("PRAGMA temp_store=MEMORY")
    return not writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
