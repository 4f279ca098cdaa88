"""Opening connections."""

import os
import sqlite3
from pathlib import Path

from treadle.domain.errors import StorageUnavailableError

BUSY_TIMEOUT_S = 5.0
FILE_MODE = 0o600
FOLDER_MODE = 0o700

Cursor = sqlite3.Cursor


def prepare_file(path: Path) -> None:
    """Make the folder and an empty file that only their owner can read.

    :raises StorageUnavailableError:
    """
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
        os.close(os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC))
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(path.parent))
    except OSError as error:
        raise StorageUnavailableError(
            f"The database {path} cannot be written: {error.strerror}.", path=str(path)
        ) from error


def connect(path: Path) -> sqlite3.Connection:
    """A connection that any one thread at a time may use, without implicit transactions."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def connect_writer(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=0")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA query_only=ON")
    return connection
