"""What a failure of SQLite means to a person and to programs."""

import os
import sqlite3
from enum import StrEnum
from pathlib import Path

from treadle.domain.errors import InvalidValueError, StorageUnavailableError


class Reason(StrEnum):
    """`details.reason` of `storage_unavailable`."""

    DISK_FULL = "disk_full"
    READ_ONLY = "read_only"
    BUSY = "busy"
    DAMAGED = "damaged"
    DISK_ERROR = "disk_error"
    GONE = "gone"
    """The files were removed or replaced. The daemon ends; whoever needs it next starts one with what is there."""


_SENTENCES = {
    Reason.DISK_FULL: "The disk is full; it goes on by itself when there is room again",
    Reason.READ_ONLY: "The data folder is read-only; it goes on by itself when it can be written again",
    Reason.BUSY: "Another program holds the database; it goes on by itself when that one lets it go",
    Reason.DAMAGED: "The database is damaged; stop the daemon and put a copy of the database in its place",
    Reason.DISK_ERROR: "The disk cannot be read or written; it goes on by itself when it can be again",
}
GONE = "The database's files were removed or replaced while the daemon used them; it stops."
_BY_CODE = {
    sqlite3.SQLITE_FULL: Reason.DISK_FULL,
    sqlite3.SQLITE_READONLY: Reason.READ_ONLY,
    sqlite3.SQLITE_BUSY: Reason.BUSY,
    sqlite3.SQLITE_LOCKED: Reason.BUSY,
    sqlite3.SQLITE_CORRUPT: Reason.DAMAGED,
    sqlite3.SQLITE_NOTADB: Reason.DAMAGED,
    sqlite3.SQLITE_IOERR: Reason.DISK_ERROR,
    sqlite3.SQLITE_CANTOPEN: Reason.DISK_ERROR,
    sqlite3.SQLITE_PROTOCOL: Reason.DISK_ERROR,
}
_PRIMARY = 0xFF
"""An extended code holds its primary one in the lowest byte."""


def reason_of(error: BaseException, path: Path) -> Reason | None:
    """None of an error that is not the fault of the database's file or its disk."""
    if not isinstance(error, sqlite3.Error):
        return None
    code = getattr(error, "sqlite_errorcode", None)
    reason = None if code is None else _BY_CODE.get(code & _PRIMARY)
    return _seen_on_disk(path) if reason is Reason.DISK_ERROR else reason


def _seen_on_disk(path: Path) -> Reason:
    """SQLite tells a quota, a size limit and a read-only mount as an error of the disk."""
    try:
        found = os.statvfs(path.parent)
    except OSError:
        return Reason.DISK_ERROR
    if found.f_flag & os.ST_RDONLY:
        return Reason.READ_ONLY
    return Reason.DISK_ERROR if found.f_bavail else Reason.DISK_FULL


def sentence(reason: Reason, error: BaseException) -> str:
    return f"{_SENTENCES[reason]} ({error})."


def as_answer(error: Exception, path: Path, *, writing: bool) -> Exception:
    """What the client is told: of a database that cannot be used, and of a number that it cannot hold.

    A change that was refused so is not there. Only if the disk failed in the very last sync of a commit, and the
    daemon is killed before it writes again, the change may be there after all, and whole: asking again with the same
    ids is right in every case.
    """
    end = " Nothing was stored." if writing else ""
    reason = reason_of(error, path)
    if reason is not None:
        return StorageUnavailableError(f"{sentence(reason, error)}{end}", reason=str(reason))
    if isinstance(error, sqlite3.OperationalError):
        return StorageUnavailableError(f"The database could not be used: {error}.{end}")
    if isinstance(error, OverflowError):
        return InvalidValueError("A number is out of range.")
    return error


def not_opened(error: sqlite3.Error, path: Path, backup: Path | None) -> StorageUnavailableError:
    """What a person is told whose database cannot be opened, and what they can do."""
    reason = reason_of(error, path)
    if reason is None:
        text = f"The database {path} cannot be opened: {error}."
    elif reason is not Reason.DAMAGED:
        text = f"The database {path} cannot be opened. {sentence(reason, error)}"
    else:
        # A log that is left would be read into the copy, to which it does not belong.
        copy = f"put a copy in its place ({backup} is the newest one here)" if backup else "put a copy in its place"
        text = (
            f"The database {path} is damaged, or is none ({error}); it was left as it is. Move it away, with its "
            f"{path.name}-wal and {path.name}-shm, and {copy}, or begin with an empty one."
        )
    details = {"path": str(path)} if reason is None else {"path": str(path), "reason": str(reason)}
    return StorageUnavailableError(text, **details)
