"""Opening connections."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from treadle.domain.errors import StorageUnavailableError

DATABASE_NAME = "treadle.db"
BUSY_TIMEOUT_S = 5.0
FILE_MODE = 0o600
FOLDER_MODE = 0o700

Cursor = sqlite3.Cursor


def database_folders(data_dir: Path) -> list[Path]:
    """The data folder, and the one that the database is in if its file is a link to another place."""
    real = Path(os.path.realpath(data_dir / DATABASE_NAME)).parent
    return list(dict.fromkeys((data_dir, real)))


def prepare_file(path: Path) -> None:
    """Make the folder and an empty file that only their owner can read.

    :raises StorageUnavailableError:
    """
    is_new = not path.exists()
    try:
        path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE))
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(path.parent))
        for folder in (path.parent, path.parent.parent) if is_new else ():
            sync_folder(folder)
    except OSError as error:
        raise StorageUnavailableError(
            f"The database {path} cannot be written: {error.strerror}.", path=str(path)
        ) from error


def sync_folder(folder: Path) -> None:
    """What was made, renamed or removed in it stays so after a power cut, where folders can be synced."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def connect(path: Path) -> sqlite3.Connection:
    """A connection that any one thread at a time may use, without implicit transactions."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=FULL")
    # macOS: a plain sync leaves what was written in the disk's own memory. Elsewhere these mean nothing.
    connection.execute("PRAGMA fullfsync=ON")
    connection.execute("PRAGMA checkpoint_fullfsync=ON")
    return connection


def connect_writer(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    # What is deleted or replaced is overwritten: a secret for one. Most builds of SQLite do so by themselves.
    connection.execute("PRAGMA secure_delete=ON")
    # Savepoints keep the pages as they were: up to 64 KiB in memory, else in a file that is made for each.
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    connection = connect(path)
    connection.execute("PRAGMA query_only=ON")
    return connection
