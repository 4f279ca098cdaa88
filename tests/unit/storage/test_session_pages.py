"""A list of sessions costs what it shows, whatever it is filtered by."""

import itertools
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import SessionStatus
from treadle.storage.connections import connect
from treadle.storage.migration import bring_up_to_date
from treadle.storage.session_pages import SessionFilters, newest_first

SESSIONS = 10_000
PAGE = 50
STEP = 10
"""Instructions of the database between two looks at how many it took."""
INSERT = (
    "INSERT INTO sessions (uid, type, type_version, account_id, user_id, project_id, component_id, parent_session_id, "
    "agent, environment, execution_mode, status, state, options, interaction_count, event_count, inserted_at, "
    "updated_at) VALUES (?, ?, 1, 1, 1, ?, ?, ?, 'claude_code', 'local', 'manual', ?, '{}', '{}', 0, 0, 0, 0)"
)
FILTERS: dict[str, Any] = {
    "project_id": 1,
    "status": SessionStatus.COMPLETE,
    "type": "common",
    "component_id": 1,
    "parent_session_id": 1,
}
COMBINATIONS = [
    dict(chosen) for count in range(len(FILTERS) + 1) for chosen in itertools.combinations(FILTERS.items(), count)
]
ALL = 2**62


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Cursor]:
    """Ten thousand sessions, among them a handful that differ in one thing each; the oldest of all, so that a look at
    all others would come first."""
    path = tmp_path_factory.mktemp("many") / "treadle.db"
    bring_up_to_date(path)
    with closing(connect(path)) as connection:
        rows = connection.cursor()
        for project in (1, 2):
            rows.execute(
                "INSERT INTO projects (account_id, name, root, settings, inserted_at, updated_at) "
                "VALUES (1, 'p', ?, '{}', 0, 0)",
                (f"/{project}",),
            )
            rows.execute(
                "INSERT INTO components (project_id, name, kind, paths) VALUES (?, 'c', 'module', '{}')", (project,)
            )
        rows.execute("BEGIN")
        rare: list[tuple[object, ...]] = [
            ("common", 1, None, None, "complete"),
            ("rare", 1, None, None, "complete"),
            ("common", 2, None, None, "complete"),
            ("common", 2, 2, None, "complete"),
            ("common", 1, None, 1, "complete"),
            ("common", 1, None, None, "failed"),
            ("common", 1, 1, None, "complete"),
        ]
        common: list[tuple[object, ...]] = [("common", 1, None, None, "complete")] * SESSIONS
        rows.executemany(INSERT, [(str(number), *fields) for number, fields in enumerate(rare + common)])
        rows.execute("COMMIT")
        yield rows


def page(rows: sqlite3.Cursor, scope: Scope = LOCAL, *, before: int = ALL, **filters: Any) -> tuple[list[int], int]:
    """The ids of a page, and what it cost: instructions of the database."""
    statement, parameters = newest_first(scope, SessionFilters(**filters), before=before, limit=PAGE)
    instructions = 0

    def count() -> int:
        nonlocal instructions
        instructions += STEP
        return 0

    rows.connection.set_progress_handler(count, STEP)
    found = [row[0] for row in rows.execute(statement, parameters)]
    rows.connection.set_progress_handler(None, 0)
    return found, instructions


@pytest.mark.parametrize("scope", [LOCAL, LOCAL.narrowed(1)], ids=["everything", "one project"])
@pytest.mark.parametrize("filters", COMBINATIONS, ids=lambda filters: "+".join(filters) or "none")
def test_every_combination_searches_one_index_and_sorts_nothing(
    rows: sqlite3.Cursor, filters: dict[str, Any], scope: Scope
) -> None:
    statement, parameters = newest_first(scope, SessionFilters(**filters), before=ALL, limit=PAGE)
    sessions, interactions = [row[3] for row in rows.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    assert sessions.startswith("SEARCH sessions USING INDEX ix_sessions_")
    assert sessions.endswith(("AND rowid<?)", "AND id<?)"))
    assert interactions.startswith("SEARCH interactions USING INDEX ix_interactions_pending (session_id=?)")


@pytest.mark.parametrize(
    "filters",
    [{}, {"project_id": 1}, {"type": "common"}, {"status": SessionStatus.COMPLETE, "type": "common"}],
    ids=lambda filters: "+".join(filters) or "none",
)
def test_the_last_page_of_ten_thousand_costs_what_the_first_does(rows: sqlite3.Cursor, filters: dict[str, Any]) -> None:
    found, first = page(rows, **filters)
    cost, pages = first, 1
    while len(found) == PAGE:
        last, (found, cost) = cost, page(rows, before=found[-1], **filters)
        pages += 1
    assert pages > SESSIONS / PAGE
    assert abs(last - first) <= STEP


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"type": "rare"}, [2]),
        ({"type": "rare", "status": SessionStatus.COMPLETE}, [2]),
        ({"type": "rare", "project_id": 1}, [2]),
        ({"type": "rare", "project_id": 2}, []),
        ({"project_id": 2, "status": SessionStatus.COMPLETE}, [4, 3]),
        ({"component_id": 2, "type": "common", "status": SessionStatus.COMPLETE}, [4]),
        ({"component_id": 2, "project_id": 1}, []),
        ({"parent_session_id": 1, "project_id": 1, "type": "common"}, [5]),
        ({"status": SessionStatus.FAILED, "type": "common", "project_id": 1}, [6]),
        ({"status": SessionStatus.ACTIVE, "type": "common"}, []),
        ({"component_id": 99}, []),
        ({"parent_session_id": -1}, []),
        ({"type": "never installed"}, []),
    ],
    ids=lambda value: "+".join(value) if isinstance(value, dict) else "",
)
def test_a_few_among_ten_thousand_are_found_without_a_look_at_the_others(
    rows: sqlite3.Cursor, filters: dict[str, Any], ids: list[int]
) -> None:
    found, cost = page(rows, **filters)
    assert found == ids
    assert cost < page(rows)[1]
