"""Terminals as rows: kept whole, found by what they are looked for, and what is closed stays as it was."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.factories import COLLEAGUE, START, add_strangers, asynchronous, open_database
from tests.unit.storage.test_asks import plan
from tests.unit.storage.test_purge import add_session, written
from treadle.domain.coverage import Source, SourceTimes
from treadle.domain.scope import LOCAL
from treadle.domain.terminal import Terminal, digest_of
from treadle.storage import terminals
from treadle.storage.connections import Cursor
from treadle.storage.scoping import scope_parameters

NOW = START + timedelta(days=1)
SOURCES = {
    Source.HOOKS: SourceTimes(count=3, first_at=START, last_at=NOW, expected_since=NOW),
    Source.TELEMETRY: SourceTimes(off_reason="ä\n\0"),
}


def a_terminal(session_id: int, uid: str = "u", **fields: Any) -> Terminal:
    usual: dict[str, Any] = {
        "scope": LOCAL,
        "interaction_id": "i",
        "conversations": ("c",),
        "resumed": False,
        "root": "/r",
        "token_digest": digest_of("t"),
        "opened_at": START,
        "seen_at": START,
    }
    return Terminal(id=0, session_id=session_id, uid=uid, **{**usual, **fields})


@asynchronous
async def test_what_is_stored_is_found_as_it_was(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        session_id = await written(database, add_session)
        full = a_terminal(session_id, "full ä", resumed=True, root="/ä\n", port=40131, sources=SOURCES)
        plain, made = await written(
            database, lambda rows: [terminals.insert(rows, each) for each in (a_terminal(session_id), full)]
        )
        assert replace(made, id=0) == full

        def look(rows: Cursor) -> list[Terminal | None]:
            found = terminals.find(rows, LOCAL, session_id, made.id)
            return [found, terminals.by_uid(rows, session_id, "full ä"), terminals.newest(rows, session_id)]

        assert await database.read(look) == [made] * 3
        assert await database.read(terminals.all_open) == [plain, made]
        assert await database.read(lambda rows: terminals.newest(rows, session_id + 1)) is None


@asynchronous
async def test_what_a_scope_does_not_hold_is_not_there(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        await add_strangers(database)
        one, other = await written(database, add_session), await written(database, add_session)
        made = await written(database, lambda rows: terminals.insert(rows, a_terminal(one)))
        for scope, session_id in ((COLLEAGUE, one), (LOCAL.narrowed(1), one), (LOCAL, other)):
            found = await database.read(
                partial(terminals.find, scope=scope, session_id=session_id, terminal_id=made.id)
            )
            assert found is None


@asynchronous
async def test_a_uid_is_one_sessions(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        one, other = await written(database, add_session), await written(database, add_session)
        await written(database, lambda rows: [terminals.insert(rows, a_terminal(each)) for each in (one, other)])
        with pytest.raises(Exception, match=r"terminals\.session_id, terminals\.uid"):
            await written(database, lambda rows: terminals.insert(rows, a_terminal(one)))


@asynchronous
async def test_what_changes_of_an_open_one_changes_of_a_closed_one_no_more(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        session_id = await written(database, add_session)
        made = await written(database, lambda rows: terminals.insert(rows, a_terminal(session_id)))

        async def after(work: Any) -> Terminal | None:
            await written(database, work)
            return await database.read(lambda rows: terminals.newest(rows, session_id))

        changed = replace(made, port=7)
        assert await after(lambda rows: terminals.set_port(rows, [made.id], 7)) == changed
        changed = replace(changed, token_digest=digest_of("new"), seen_at=NOW)
        assert await after(lambda rows: terminals.set_token(rows, changed)) == changed
        later = NOW + timedelta(hours=1)
        seen = replace(changed, seen_at=later, sources=SOURCES, conversations=("c", "ä", "c"))
        assert await after(lambda rows: terminals.set_seen(rows, seen)) == seen
        closed = replace(seen, seen_at=NOW, closed_at=NOW, sources={})
        assert await after(lambda rows: terminals.close(rows, closed)) == closed
        assert await after(lambda rows: terminals.close(rows, seen)) == closed
        assert await after(lambda rows: terminals.set_seen(rows, seen)) == closed
        assert await database.read(terminals.all_open) == []
        assert await database.read(lambda rows: terminals.open_count(rows, session_id)) == 0


@asynchronous
async def test_those_of_everybody_are_found_but_for_deleted_sessions(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        await add_strangers(database)
        mine, theirs, deleted = [await written(database, add_session) for _ in range(3)]

        def prepare(rows: Cursor) -> None:
            rows.execute("UPDATE sessions SET user_id = 3 WHERE id = ?", (theirs,))
            rows.execute("UPDATE sessions SET deleted_at = 1 WHERE id = ?", (deleted,))
            for session_id in (mine, theirs, deleted):
                terminals.insert(rows, a_terminal(session_id))

        await written(database, prepare)
        found = await database.read(terminals.all_open)
        assert [(each.session_id, each.scope) for each in found] == [(mine, LOCAL), (theirs, COLLEAGUE)]


@asynchronous
async def test_no_look_reads_what_it_does_not_want(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        given = {"session_id": 1, "terminal_id": 1, "uid": "u", **scope_parameters(LOCAL)}
        plans = {
            terminals._FIND: "INTEGER PRIMARY KEY (rowid=?)",
            terminals._BY_UID: "(session_id=? AND uid=?)",
            terminals._NEWEST: "(session_id=?)",
            terminals._OPEN_COUNT: "(session_id=?)",
            terminals._ALL_OPEN: "USING INDEX ix_terminals_open",
        }
        for statement, index in plans.items():
            lines = await plan(database, statement, given)
            assert any(each.split()[1] == "terminals" and each.endswith(index) for each in lines), lines
