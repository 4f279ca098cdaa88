"""The rules that the database itself keeps."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from treadle.domain.event import EventType
from treadle.storage.connections import connect
from treadle.storage.migration import bring_up_to_date
from treadle.storage.schema import FREQUENT_EVENTS, metadata

SESSION = (
    "INSERT INTO sessions (id, uid, type, type_version, account_id, user_id, project_id, component_id, "
    "parent_session_id, agent, environment, execution_mode, status, state, options, interaction_count, event_count, "
    "inserted_at, updated_at) VALUES (:id, :uid, 'x', 1, 1, 1, :project, :component, :parent, 'claude_code', 'local', "
    "'manual', :status, '{}', '{}', 0, 0, 0, 0)"
)
INTERACTION = (
    "INSERT INTO interactions (id, session_id, position, attempt, step, command, result, result_status, inserted_at, "
    "completed_at, superseded_at) VALUES (:id, 1, :position, 1, 's', '{}', :result, :status, 0, :completed, "
    ":superseded)"
)


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "treadle.db"
    bring_up_to_date(path)
    with closing(connect(path)) as connection:
        connection.execute(
            "INSERT INTO projects (id, account_id, name, root, settings, inserted_at, updated_at) "
            "VALUES (1, 1, 'p', '/p', '{}', 0, 0)"
        )
        connection.execute(
            "INSERT INTO components (id, project_id, name, kind, paths) VALUES (1, 1, 'parent', 'context', '{}')"
        )
        connection.execute(
            "INSERT INTO components (id, project_id, parent_component_id, name, kind, paths) "
            "VALUES (2, 1, 1, 'child', 'module', '{}')"
        )
        add_session(connection, 1, project=1, component=2)
        yield connection


def add_session(rows: sqlite3.Connection, number: int | None, **fields: object) -> None:
    defaults = {
        "id": number,
        "uid": f"uid {number}",
        "project": None,
        "component": None,
        "parent": None,
        "status": "active",
    }
    rows.execute(SESSION, {**defaults, **fields})


def add_interaction(rows: sqlite3.Connection, position: int, **fields: object) -> None:
    defaults = {"id": str(position), "result": None, "status": None, "completed": None, "superseded": None}
    rows.execute(INTERACTION, {**defaults, "position": position, **fields})


def values(rows: sqlite3.Connection, statement: str) -> list[object]:
    return [value for (value,) in rows.execute(statement)]


@pytest.mark.requirement("delete.account-and-user-restrict")
@pytest.mark.parametrize("table", ["accounts", "users"])
def test_an_account_or_user_with_sessions_stays(rows: sqlite3.Connection, table: str) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        rows.execute(f"DELETE FROM {table}")  # noqa: S608


@pytest.mark.requirement("delete.project-nilifies", "delete.project-takes-components")
def test_a_deleted_project_takes_its_components_and_leaves_its_sessions(rows: sqlite3.Connection) -> None:
    rows.execute("DELETE FROM projects")
    assert values(rows, "SELECT count(*) FROM components") == [0]
    assert rows.execute("SELECT project_id, component_id FROM sessions").fetchall() == [(None, None)]


@pytest.mark.requirement("delete.parent-component-nilifies")
def test_a_deleted_component_leaves_its_children(rows: sqlite3.Connection) -> None:
    rows.execute("DELETE FROM components WHERE id = 1")
    assert rows.execute("SELECT id, parent_component_id FROM components").fetchall() == [(2, None)]


@pytest.mark.requirement("session.children-go-with-it")
def test_a_deleted_session_takes_everything_of_it(rows: sqlite3.Connection) -> None:
    add_session(rows, 2, parent=1)
    add_session(rows, 3, parent=2)
    add_interaction(rows, 1)
    rows.execute(
        "INSERT INTO session_events (session_id, uid, event_type, is_rare, source, data, sent_at, inserted_at) "
        "VALUES (1, 'u', 'tool_called', 0, 'stream', '{}', 0, 0)"
    )
    rows.execute("INSERT INTO outputs (sha256, size, inserted_at) VALUES ('a', 1, 0)")
    rows.execute("INSERT INTO session_outputs (session_id, sha256, inserted_at) VALUES (1, 'a', 0)")
    rows.execute("DELETE FROM sessions WHERE id = 1")
    for table in ("sessions", "interactions", "session_events", "session_outputs"):
        assert values(rows, f"SELECT count(*) FROM {table}") == [0], table  # noqa: S608


@pytest.mark.requirement("session.uid")
def test_a_session_id_is_never_used_again(rows: sqlite3.Connection) -> None:
    rows.execute("DELETE FROM sessions")
    add_session(rows, None)
    assert values(rows, "SELECT id FROM sessions") == [2]


@pytest.mark.requirement("interaction.pending")
def test_a_session_has_one_pending_interaction_at_most(rows: sqlite3.Connection) -> None:
    add_interaction(rows, 1, result="{}", status="ok", completed=1)
    add_interaction(rows, 2, superseded=1)
    add_interaction(rows, 3)
    with pytest.raises(sqlite3.IntegrityError):
        add_interaction(rows, 4)


@pytest.mark.requirement("interaction.completed", "result.statuses")
@pytest.mark.parametrize(
    "fields",
    [
        {"position": 0},
        {"status": "ok"},
        {"result": "{}", "status": "ok"},
        {"result": "{}", "status": "pending", "completed": 1},
        {"result": "{}", "status": "great", "completed": 1},
        {"completed": 1},
    ],
)
def test_an_impossible_interaction_is_refused(rows: sqlite3.Connection, fields: dict[str, object]) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        add_interaction(rows, **{"position": 1, **fields})  # type: ignore[arg-type]


@pytest.mark.requirement("session.values-are-known")
def test_an_unknown_status_is_refused(rows: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        add_session(rows, 2, status="busy")


@pytest.mark.requirement("event.no-index-of-its-own")
def test_events_and_sessions_have_no_index_that_only_costs() -> None:
    columns = {
        tuple(column.name for column in index.columns)
        for index in metadata.tables["session_events"].indexes
        if index.dialect_options["sqlite"]["where"] is None
    }
    assert columns == {("session_id", "sent_at"), ("session_id", "uid")}
    for index in metadata.tables["sessions"].indexes:
        assert "updated_at" not in index.columns


@pytest.mark.requirement("account.local")
def test_the_file_can_shrink_and_holds_the_local_account_and_user(rows: sqlite3.Connection) -> None:
    assert values(rows, "PRAGMA auto_vacuum") == [2]
    assert rows.execute("SELECT id, account_id FROM users").fetchall() == [(1, 1)]


def test_every_foreign_key_can_be_followed_backwards(rows: sqlite3.Connection) -> None:
    """Else deleting the one row reads the whole other table."""
    for table in metadata.tables.values():
        indexed = {row[2] for row in _first_index_columns(rows, table.name)}
        indexed |= {column.name for column in table.primary_key}
        for column in table.columns:
            assert not column.foreign_keys or column.name in indexed, f"{table.name}.{column.name}"


def _first_index_columns(rows: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    found = []
    for _, name, _, _, partial in rows.execute(f"PRAGMA index_list({table})").fetchall():
        if not partial:
            found += rows.execute(f"PRAGMA index_info({name})").fetchall()[:1]
    return found


def test_an_event_has_a_uid(rows: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="uid"):
        rows.execute(
            "INSERT INTO session_events (session_id, event_type, is_rare, source, data, sent_at, inserted_at) "
            "VALUES (1, 'tool_called', 0, 'stream', '{}', 0, 0)"
        )


def test_frequent_types_are_types() -> None:
    assert set(EventType) > FREQUENT_EVENTS
