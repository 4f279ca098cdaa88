"""What a failure of SQLite means."""

import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from treadle.domain.errors import InvalidValueError, StorageUnavailableError
from treadle.storage.failures import Reason, as_answer, not_opened, reason_of


def failure(name: str, kind: type[sqlite3.Error] = sqlite3.OperationalError) -> sqlite3.Error:
    error = kind("as SQLite says it")
    error.sqlite_errorcode = getattr(sqlite3, name)
    return error


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("SQLITE_FULL", Reason.DISK_FULL),
        ("SQLITE_READONLY_DBMOVED", Reason.READ_ONLY),
        ("SQLITE_BUSY_SNAPSHOT", Reason.BUSY),
        ("SQLITE_CORRUPT_INDEX", Reason.DAMAGED),
        ("SQLITE_NOTADB", Reason.DAMAGED),
        ("SQLITE_IOERR_WRITE", Reason.DISK_ERROR),
        ("SQLITE_CANTOPEN", Reason.DISK_ERROR),
        ("SQLITE_ERROR", None),
        ("SQLITE_CONSTRAINT_UNIQUE", None),
    ],
)
def test_the_reason_is_read_from_the_code_with_its_details(tmp_path: Path, name: str, reason: Reason | None) -> None:
    assert reason_of(failure(name), tmp_path / "treadle.db") is reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (SimpleNamespace(f_flag=os.ST_RDONLY, f_bavail=5), Reason.READ_ONLY),
        (SimpleNamespace(f_flag=0, f_bavail=0), Reason.DISK_FULL),
        (SimpleNamespace(f_flag=0, f_bavail=5), Reason.DISK_ERROR),
    ],
)
def test_an_error_of_the_disk_is_looked_at_more_closely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: object, reason: Reason
) -> None:
    """The kernel makes a disk with errors read-only; SQLite calls all of these an error of the disk."""
    monkeypatch.setattr(os, "statvfs", lambda _: state)
    assert reason_of(failure("SQLITE_IOERR_WRITE"), tmp_path / "treadle.db") is reason


def test_a_folder_that_is_gone_is_an_error_of_the_disk(tmp_path: Path) -> None:
    assert reason_of(failure("SQLITE_IOERR_WRITE"), tmp_path / "gone" / "treadle.db") is Reason.DISK_ERROR


def test_only_a_change_is_said_to_be_not_stored(tmp_path: Path) -> None:
    path = tmp_path / "treadle.db"
    for name in ("SQLITE_FULL", "SQLITE_ERROR"):
        changing = as_answer(failure(name), path, writing=True)
        looking = as_answer(failure(name), path, writing=False)
        assert isinstance(changing, StorageUnavailableError)
        assert isinstance(looking, StorageUnavailableError)
        assert changing.message == f"{looking.message} Nothing was stored."


def test_what_is_no_failure_of_the_disk_stays_what_it_is(tmp_path: Path) -> None:
    path, bug = tmp_path / "treadle.db", failure("SQLITE_CONSTRAINT_UNIQUE", sqlite3.IntegrityError)
    assert as_answer(bug, path, writing=True) is bug
    assert isinstance(as_answer(OverflowError(), path, writing=True), InvalidValueError)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("SQLITE_FULL", "cannot be opened. The disk is full"),
        ("SQLITE_ERROR", "cannot be opened: as SQLite says it."),
        ("SQLITE_CORRUPT", "is damaged, or is none (as SQLite says it); it was left as it is. Move it away, with its "),
    ],
)
def test_who_cannot_open_it_is_told_what_to_do(tmp_path: Path, name: str, part: str) -> None:
    told = not_opened(failure(name, sqlite3.DatabaseError), tmp_path / "treadle.db", None)
    assert part in told.message
