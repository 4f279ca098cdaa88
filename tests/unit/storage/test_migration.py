"""Creating, upgrading and refusing database files."""

import json
import re
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from treadle.domain.command import Command
from treadle.domain.errors import DatabaseTooNewError, StorageUnavailableError
from treadle.domain.result import Result, ResultStatus
from treadle.protocol.entities import InteractionView
from treadle.rpc.views import interaction_view
from treadle.service.ask_records import of_step
from treadle.storage import interactions
from treadle.storage.asks import open_of
from treadle.storage.interaction_pages import after_position
from treadle.storage.migration import REVISIONS, bring_up_to_date, upgrade
from treadle.storage.migrations.run import configuration


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "treadle.db"


def structure(path: Path) -> dict[str, list[str]]:
    """The parts of the definition of every table and index: their order means nothing."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
        )
        return {name: sorted(parts(re.sub(r"\s+", " ", sql).removesuffix(")"))) for name, sql in rows}


def parts(definition: str) -> Iterator[str]:
    """Between the commas of the outermost brackets."""
    depth, part = 0, ""
    for character in definition:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 1 and character in "(,":
            yield part.strip()
            part = ""
        else:
            part += character
    yield part.strip()


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
            for table in ("accounts", "users", "alembic_version")
        }


def set_revision(path: Path, revision: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))


def test_the_migrations_lead_to_the_tables_of_a_new_database(tmp_path: Path) -> None:
    migrated, created = tmp_path / "migrated.db", tmp_path / "created.db"
    upgrade(migrated)
    bring_up_to_date(created)
    created_structure = structure(created)
    created_structure["alembic_version"] = structure(migrated)["alembic_version"]
    assert structure(migrated) == created_structure
    assert contents(migrated) == contents(created)


def test_the_list_of_revisions_is_alembics() -> None:
    history = [script.revision for script in ScriptDirectory.from_config(configuration()).walk_revisions()]
    assert tuple(reversed(history)) == REVISIONS


def test_a_database_that_is_up_to_date_is_left_alone(path: Path) -> None:
    bring_up_to_date(path)
    before = path.read_bytes()
    bring_up_to_date(path)
    assert path.read_bytes() == before


def test_a_newer_database_is_refused_and_left_as_it_is(path: Path) -> None:
    bring_up_to_date(path)
    set_revision(path, "9999")
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNewError, match="newer version of Treadle"):
        bring_up_to_date(path)
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


SESSION = (
    "INSERT INTO sessions (uid, type, type_version, account_id, user_id, agent, environment, execution_mode, status,"
    " state, options, interaction_count, event_count, inserted_at, updated_at)"
    " VALUES ('u', 'precious', 1, 1, 1, 'claude_code', 'local', 'manual', 'active', '{}', '{}', 0, 2, 0, 0)"
)
EVENT = (
    "INSERT INTO session_events (session_id, uid, event_type, is_rare, source, data, sent_at, inserted_at)"
    " VALUES (1, ?, 'tool_called', 0, 'stream', '{}', 0, 0)"
)


@pytest.mark.requirement("trust.private-files")
def test_an_older_database_is_backed_up_and_upgraded(path: Path) -> None:
    upgrade(path, "0001")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(SESSION)
        connection.executemany(EVENT, [("a",), ("b",)])
    bring_up_to_date(path)
    assert contents(path)["alembic_version"] == [(REVISIONS[-1],)]
    (backup,) = path.parent.glob("treadle.db.0001.*.backup")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    for file in (path, backup):
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT type FROM sessions").fetchall() == [("precious",)]
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT attempts_from, last_event_id, deleted_at FROM sessions").fetchone()
    assert row == (0, 2, None)


INTERACTION = (
    "INSERT INTO interactions (id, session_id, position, attempt, step, command, result, result_status, inserted_at,"
    " completed_at) VALUES (?, 1, ?, 1, 'generate', ?, ?, ?, 0, ?)"
)


def test_commands_and_results_of_an_older_database_are_read_as_they_were(path: Path) -> None:
    """Revision 0002 stored times as microseconds, and other names than the wire's."""
    upgrade(path, "0002")
    command = (
        '{"id":"c","module":"generate","command":"claude","metadata":{"prompt":"äö","n":1.5},'
        '"timestamp":1767323045000006,"pipe":null}'
    )
    piped = command.replace('"pipe":null', '"pipe":"tee"')
    result = (
        '{"id":"r","status":"warning","timestamp":-1,"data":{"kept":[1]},"code":0,"error_message":"so so",'
        '"stdout":"out","stderr":null,"duration_ms":12}'
    )
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(SESSION)
        connection.execute(INTERACTION, ("done", 1, command, result, "warning", 5))
        connection.execute(INTERACTION, ("waits", 2, piped, None, None, None))
        claim = "claim_client_id = '\"', claim_client_name = 'ä', claimed_at = 1, claim_expires_at = 2"
        connection.execute(f"UPDATE interactions SET {claim}")  # noqa: S608
    bring_up_to_date(path)
    with closing(sqlite3.connect(path)) as connection:
        done, waits = (interactions.find(connection.cursor(), 1, each) for each in ("done", "waits"))
        told = [b"".join(parts) for _, parts in after_position(connection.cursor(), 1, 0, 9, now=3)]
    assert done is not None
    assert waits is not None
    now = datetime(1970, 1, 1, 0, 0, 0, 3, tzinfo=UTC)
    assert told[0].decode() == interaction_view(done, now).model_dump_json(by_alias=True)
    assert InteractionView.model_validate_json(told[1]) == interaction_view(waits, now)
    assert [b'"interrupted":true' in each for each in told] == [False, True]
    assert done is not None
    assert done.command == Command(
        id="c",
        module="generate",
        command="claude",
        metadata={"prompt": "äö", "n": 1.5},
        timestamp=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    )
    assert done.result == Result(
        id="r",
        status=ResultStatus.WARNING,
        timestamp=datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        data={"kept": [1]},
        code=0,
        error_message="so so",
        stdout="out",
        duration_ms=12,
    )
    assert (waits.command.pipe, waits.result) == ("tee", None)


def test_the_components_of_an_older_database_are_declared_ones(path: Path) -> None:
    upgrade(path, "0003")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(
            "INSERT INTO projects (id, account_id, name, root, settings, inserted_at, updated_at)"
            " VALUES (1, 1, 'p', '/p', '{}', 0, 0)"
        )
        connection.execute("INSERT INTO components (project_id, name, kind, paths) VALUES (1, 'A', 'module', '{}')")
    bring_up_to_date(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name, origin FROM components").fetchall() == [("A", "declared")]
        with pytest.raises(sqlite3.IntegrityError, match="origin"):
            connection.execute("UPDATE components SET origin = 'guessed'")


WAITING = (
    "INSERT INTO interactions (id, session_id, position, attempt, step, command, inserted_at, superseded_at,"
    " completed_at, result, result_status) VALUES (?, ?, 1, 1, 'approve', ?, 7, ?, ?, ?, ?)"
)
DONE = '{"id":"r","status":"ok","timestamp":"1970-01-01T00:00:00Z","data":{"answer":"yes"}}'


def command_that_asks(**metadata: object) -> str:
    command = {"id": "c", "module": "approve", "command": "ask", "metadata": metadata, "pipe": None}
    return json.dumps({**command, "timestamp": "1970-01-01T00:00:00.000007Z"})


@pytest.mark.requirement("ask.of-a-step")
def test_what_waits_for_an_answer_in_an_older_database_has_an_ask(path: Path) -> None:
    upgrade(path, "0004")
    asks = command_that_asks(question="Good ä?", answers=[{"name": "yes", "status": "ok"}, {"name": "no"}])
    works = asks.replace('"ask"', '"noop"')
    waits: tuple[None, ...] = (None, None, None, None)
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, status in enumerate(("active", "active", "active", "failed", "active", "active", "active"), 1):
            connection.execute(SESSION.replace("'u'", f"'u{number}'").replace("'active'", f"'{status}'"))
        connection.execute("UPDATE sessions SET paused_at = 1 WHERE id = 2")
        connection.execute("UPDATE sessions SET deleted_at = 1 WHERE id = 7")
        connection.execute(WAITING, ("asks", 1, asks, *waits))
        odd = command_that_asks(question=None, answers=["yes", {"status": "ok"}, {"name": "no"}, None])
        connection.execute(WAITING, ("asks oddly, paused", 2, odd, *waits))
        connection.execute(WAITING, ("works", 3, works, *waits))
        connection.execute(WAITING, ("has failed", 4, asks, *waits))
        connection.execute(WAITING, ("is answered", 5, asks, None, 9, DONE, "ok"))
        connection.execute(WAITING, ("is superseded", 6, asks, 9, None, None, None))
        connection.execute(WAITING, ("is deleted", 7, asks, *waits))
    bring_up_to_date(path)
    with closing(sqlite3.connect(path)) as connection:
        found = open_of(connection.cursor(), 1) + open_of(connection.cursor(), 2)
        counts = dict(connection.execute("SELECT id, open_ask_count FROM sessions").fetchall())
        (count,) = connection.execute("SELECT count(*) FROM asks").fetchone()
        waiting = interactions.find(connection.cursor(), 1, "asks")
    assert (count, counts) == (2, {1: 1, 2: 1, 3: 0, 4: 0, 5: 0, 6: 0, 7: 0})
    assert waiting is not None
    assert found[0] == replace(of_step(waiting), id=found[0].id)  # type: ignore[type-var]
    assert (found[1].question, found[1].option_names) == ("", ("no",))


def test_an_upgrade_that_fails_changes_nothing(path: Path) -> None:
    """The last table of the migration is there already, so that it fails at its end."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE session_outputs (value TEXT)")
    before = structure(path)
    with pytest.raises(Exception, match="session_outputs"):
        upgrade(path)
    assert structure(path) == before


@pytest.mark.parametrize("statement", ["CREATE TABLE photos (id)", "CREATE TABLE alembic_version (version_num)"])
def test_somebody_elses_database_is_refused(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
    with pytest.raises(StorageUnavailableError, match="not a database of Treadle"):
        bring_up_to_date(path)


def test_opening_a_database_imports_no_alembic(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from treadle.storage.migration import bring_up_to_date\n"
        f"path = Path({str(path)!r}); bring_up_to_date(path); bring_up_to_date(path)\n"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
