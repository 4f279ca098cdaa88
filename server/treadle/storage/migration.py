"""A new database gets the tables as they are; an older one is upgraded by Alembic, which only then is imported.

Killed at any moment, the file is what it was or what it was to become, and the next start goes on from there: tables
are made and upgraded in one transaction each, and a backup has its name only once it is whole and on the disk.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from treadle.domain.errors import DatabaseTooNewError, StorageUnavailableError
from treadle.storage.connections import FILE_MODE, connect, sync_folder
from treadle.storage.failures import Reason, reason_of

REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006")
"""Every revision of the tables, oldest first; the last one is `schema.metadata`."""
BACKUP = ".backup"
PARTIAL = ".partial"
"""The end of a backup's name while it is written."""


def bring_up_to_date(path: Path) -> None:
    """Create or upgrade the database of this file.

    :raises DatabaseTooNewError: it is left as it is
    :raises StorageUnavailableError: it is no database of Treadle's, or could not be upgraded: left as it is too
    :raises sqlite3.Error: it cannot be read
    """
    revision = _revision(path)
    if revision is None:
        _create(path)
    elif revision in REVISIONS[:-1]:
        _upgrade_safely(path, revision)
    elif revision != REVISIONS[-1]:
        raise DatabaseTooNewError(
            f"The database {path} was written by a newer version of Treadle (revision {revision}); it was left as it "
            "is. Use that version, or choose another data folder.",
            path=str(path),
        )


def upgrade(path: Path, revision: str = REVISIONS[-1]) -> None:
    """:raises sqlite3.Error: nothing was changed"""
    from treadle.storage.migrations.run import upgrade_to

    upgrade_to(path, revision)


def backups(path: Path) -> list[Path]:
    """Oldest first."""
    return sorted(path.parent.glob(f"{path.name}.*{BACKUP}"), key=lambda backup: backup.stat().st_mtime_ns)


def newest_backup(path: Path) -> Path | None:
    found = backups(path)
    return found[-1] if found else None


def _revision(path: Path) -> str | None:
    """The revision of the tables, None when there are none yet. Changes nothing."""
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        row = None
        if "alembic_version" in tables:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if row is None:
            raise StorageUnavailableError(
                f"The file {path} is not a database of Treadle; it was left as it is. Move it away, or choose another "
                "data folder.",
                path=str(path),
            )
        return str(row[0])


def _create(path: Path) -> None:
    from treadle.storage.creation import create_tables

    with closing(connect(path)) as connection:
        connection.execute("PRAGMA auto_vacuum=2")
        connection.execute("BEGIN IMMEDIATE")
        create_tables(connection, REVISIONS[-1])
        connection.execute("COMMIT")


def _upgrade_safely(path: Path, revision: str) -> None:
    with _told("copied before it is upgraded", path):
        backup = _back_up(path, revision)
    with _told("upgraded", path):
        try:
            upgrade(path)
        except Exception:
            # The database is as it was: without this, each attempt would leave one more copy of it.
            backup.unlink(missing_ok=True)
            raise


@contextmanager
def _told(what: str, path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        is_full = reason_of(error, path) is Reason.DISK_FULL
        advice = " There must be room for a copy of it." if is_full else ""
        raise StorageUnavailableError(
            f"The database {path} cannot be {what} ({error}); it was left as it is.{advice}", path=str(path)
        ) from error


def _back_up(path: Path, revision: str) -> Path:
    """A whole copy, what is still in the log included."""
    for leftover in path.parent.glob(f"{path.name}.*{BACKUP}{PARTIAL}"):
        leftover.unlink(missing_ok=True)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    backup = path.with_name(f"{path.name}.{revision}.{stamp}{BACKUP}")
    partial = backup.with_name(backup.name + PARTIAL)
    os.close(os.open(partial, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    try:
        with closing(connect(path)) as source, closing(connect(partial)) as target:
            source.backup(target)
        partial.replace(backup)
    except BaseException:
        with suppress(OSError):
            partial.unlink()
        raise
    sync_folder(backup.parent)
    return backup
