"""A new database gets the tables as they are; an older one is upgraded by Alembic, which only then is imported."""

import contextlib
import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

from treadle.domain.errors import DatabaseTooNewError, StorageUnavailableError
from treadle.storage.connections import FILE_MODE

REVISIONS = ("0001", "0002")
"""Every revision of the tables, oldest first; the last one is `schema.metadata`."""


def bring_up_to_date(path: Path) -> None:
    """Create or upgrade the database of this file.

    :raises DatabaseTooNewError: it is left as it is
    :raises StorageUnavailableError: it is no database of Treadle's
    """
    revision = _revision(path)
    if revision is None:
        _create(path)
    elif revision in REVISIONS[:-1]:
        _back_up(path, revision)
        upgrade(path)
    elif revision != REVISIONS[-1]:
        raise DatabaseTooNewError(
            f"The database {path} was written by a newer version of Treadle (revision {revision}).", path=str(path)
        )


def upgrade(path: Path, revision: str = REVISIONS[-1]) -> None:
    from treadle.storage.migrations.run import upgrade_to

    upgrade_to(path, revision)


def _revision(path: Path) -> str | None:
    """The revision of the tables, None when there are none yet. Changes nothing."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        row = None
        if "alembic_version" in tables:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if row is None:
            raise StorageUnavailableError(f"The file {path} is not a database of Treadle.", path=str(path))
        return str(row[0])


def _create(path: Path) -> None:
    from treadle.storage.creation import create_tables

    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum=2")
        connection.execute("BEGIN IMMEDIATE")
        create_tables(connection, REVISIONS[-1])
        connection.execute("COMMIT")


def _back_up(path: Path, revision: str) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    backup = path.with_name(f"{path.name}.{revision}.{stamp}.backup")
    os.close(os.open(backup, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE))
    with contextlib.closing(sqlite3.connect(path)) as source, contextlib.closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    return backup
