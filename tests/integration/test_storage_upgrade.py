"""An upgrade that is killed, or for which there is no room: the database is the old one or the new one, never less."""

import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from treadle.domain.errors import StorageUnavailableError
from treadle.storage import migration
from treadle.storage.connections import connect
from treadle.storage.migration import REVISIONS, bring_up_to_date, upgrade

ROOT = Path(__file__).resolve().parents[2]
SESSIONS = 20_000
EVENTS = 40_000
BOUND_SECONDS = 60.0
ATTEMPTS = 5
OLD, NEW = "0002", REVISIONS[-1]
"""What follows the old one writes every interaction anew, which takes a while."""

SESSION = (
    "INSERT INTO sessions (uid, type, type_version, account_id, user_id, agent, environment, execution_mode, status,"
    " state, options, interaction_count, event_count, inserted_at, updated_at)"
    " VALUES (?, 'old', 1, 1, 1, 'claude_code', 'local', 'manual', 'active', ?, '{}', 0, 2, 0, 0)"
)
EVENT = (
    "INSERT INTO session_events (session_id, uid, event_type, is_rare, source, data, sent_at, inserted_at)"
    " VALUES (?, ?, 'tool_called', 0, 'stream', ?, 0, 0)"
)
INTERACTION = (
    "INSERT INTO interactions (id, session_id, position, attempt, step, command, inserted_at)"
    " VALUES (?, ?, 1, 1, 'again', ?, 0)"
)
COMMAND = (
    '{"id":"c","module":"again","command":"noop","metadata":{"note":"' + "x" * 400 + '"},"timestamp":0,"pipe":null}'
)
PROGRAM = (
    "import sys; from pathlib import Path; from treadle.storage import migration\n"
    "migration.bring_up_to_date(Path(sys.argv[1]))"
)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of an older revision, large enough that an upgrade takes a while."""
    path = tmp_path_factory.mktemp("large") / "treadle.db"
    upgrade(path, OLD)
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN")
        state = '{"note": "' + "x" * 400 + '"}'
        connection.executemany(SESSION, [(f"session-{number}", state) for number in range(SESSIONS)])
        rows = [(number % SESSIONS + 1, f"event-{number}", state) for number in range(EVENTS)]
        connection.executemany(EVENT, rows)
        connection.executemany(
            INTERACTION, [(f"interaction-{number}", number, COMMAND) for number in range(1, SESSIONS + 1)]
        )
        connection.execute("COMMIT")
    return path


def copied(large: Path, folder: Path) -> Path:
    folder.mkdir()
    return Path(shutil.copy(large, folder / "treadle.db"))


def contents(path: Path) -> tuple[str, int, int]:
    """The revision and what is in it, of a database that is whole."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        (sessions,) = connection.execute("SELECT count(*) FROM sessions").fetchone()
        (events,) = connection.execute("SELECT count(*) FROM session_events").fetchone()
        return revision, sessions, events


def backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("treadle.db.*.backup"))


def partial_backups(path: Path) -> list[Path]:
    return sorted(path.parent.glob("treadle.db.*.partial"))


def log_bytes(path: Path) -> int:
    return bytes_of(path.with_name("treadle.db-wal"))


def bytes_of(file: Path) -> int:
    """None of one that is gone meanwhile."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


MOMENTS: dict[str, Callable[[Path], bool]] = {
    "as the backup begins": lambda path: bool(partial_backups(path)),
    "in the middle of the backup": lambda path: any(bytes_of(each) > 5_000_000 for each in partial_backups(path)),
    "as the backup is whole": lambda path: bool(backups(path)),
    "as the upgrade begins": lambda path: bool(backups(path)) and log_bytes(path) > 0,
    "in the middle of the upgrade": lambda path: bool(backups(path)) and log_bytes(path) > 4_000_000,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_in_the_middle_it_is_the_old_one_or_the_new_one_and_the_next_start_ends_it(
    moment: str, large: Path, tmp_path: Path
) -> None:
    for attempt in range(ATTEMPTS):
        path = copied(large, tmp_path / f"data {attempt}")
        if killed(path, MOMENTS[moment]):
            break
    else:
        raise AssertionError("the upgrade ended each time before its moment was seen")
    for backup in backups(path):
        assert contents(backup) == (OLD, SESSIONS, EVENTS)
    looked_at = shutil.copytree(path.parent, tmp_path / "looked at")
    revision, *rows = contents(looked_at / path.name)
    assert (revision in (OLD, NEW), rows) == (True, [SESSIONS, EVENTS])
    bring_up_to_date(path)
    assert contents(path) == (NEW, SESSIONS, EVENTS)
    assert partial_backups(path) == []
    assert {contents(backup) for backup in backups(path)} == {(OLD, SESSIONS, EVENTS)}


def killed(path: Path, is_the_moment: Callable[[Path], bool]) -> bool:
    """Kill -9 of a process that upgrades the database; whether it was still at it."""
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], cwd=ROOT)
    pause = threading.Event()
    try:
        while process.poll() is None and not is_the_moment(path):
            pause.wait(0.0005)
    finally:
        process.kill()
        process.wait(BOUND_SECONDS)
    return process.returncode < 0


@contextmanager
def file_limit(size: int) -> Iterator[None]:
    """No file grows beyond it, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def no_room_for_a_copy(path: Path) -> None:
    with file_limit(3_000_000):
        bring_up_to_date(path)


def no_room_for_the_change(path: Path) -> None:
    def limited(path: Path) -> None:
        with file_limit(3_000_000):
            upgrade(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migration, "upgrade", limited)
        bring_up_to_date(path)


@pytest.mark.requirement("trust.private-files")
@pytest.mark.parametrize(
    ("attempt", "what"),
    [(no_room_for_a_copy, "cannot be copied before it is upgraded"), (no_room_for_the_change, "cannot be upgraded")],
)
def test_without_room_it_is_refused_and_left_as_it_was(
    attempt: Callable[[Path], None], what: str, large: Path, tmp_path: Path
) -> None:
    path = copied(large, tmp_path / "data")
    with pytest.raises(StorageUnavailableError, match=what) as caught:
        attempt(path)
    assert "it was left as it is" in caught.value.message
    assert backups(path) == partial_backups(path) == [], "they would fill the disk at every attempt"
    assert contents(path) == (OLD, SESSIONS, EVENTS)
    bring_up_to_date(path)
    assert contents(path) == (NEW, SESSIONS, EVENTS)
    (backup,) = backups(path)
    assert backup.stat().st_mode & 0o777 == 0o600
