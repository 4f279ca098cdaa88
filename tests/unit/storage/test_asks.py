"""Asks as rows: kept whole, found by what they are looked for, and the other sessions' do not cost anything."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.factories import COLLEAGUE, START, add_strangers, asynchronous, open_database
from tests.unit.storage.test_purge import add_session, written
from treadle.domain.ask import Ask, AskKind, AskOption, AskStatus
from treadle.domain.scope import LOCAL
from treadle.storage import asks
from treadle.storage.connections import Cursor
from treadle.storage.scoping import scope_parameters

NOW = START + timedelta(days=1)


def an_ask(session_id: int, uid: str = "u", **fields: Any) -> Ask:
    usual: dict[str, Any] = {
        "interaction_id": None,
        "kind": AskKind.QUESTION,
        "question": "?",
        "options": (AskOption(name="yes", title="yes"),),
        "asked_by": "somebody",
        "asked_at": START,
    }
    return Ask(id=0, session_id=session_id, uid=uid, **{**usual, **fields})


def everything(session_id: int) -> Ask:
    return an_ask(
        session_id,
        "everything ä\U0001f9f5",
        interaction_id="i",
        kind=AskKind.PERMISSION,
        question="Line\nline \0",
        details={"command": "echo '\u2028'", "input": {"deep": [1, None, 0.5]}},
        options=(AskOption(name="a", title="A", description="first"), AskOption(name="b", title="B")),
        expires_at=NOW,
        default_answer="b",
    )


@asynchronous
async def test_what_is_stored_is_found_as_it_was(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        session_id = await written(database, add_session)
        ask = await written(database, lambda rows: asks.insert(rows, everything(session_id)))
        assert replace(ask, id=0) == everything(session_id)

        def look(rows: Cursor) -> list[Ask | None]:
            return [asks.find(rows, LOCAL, ask.id), asks.by_uid(rows, session_id, ask.uid)]

        assert await database.read(look) == [ask, ask]
        closed = replace(
            ask, status=AskStatus.ANSWERED, answer="a", comment="so", answered_by="ada", closed_at=NOW, reason="why"
        )
        await written(database, lambda rows: asks.save_state(rows, replace(closed, question="not saved")))
        assert await database.read(look) == [closed, closed]
        changed = replace(closed, question="Other?", options=())
        await written(database, lambda rows: asks.save_question(rows, replace(changed, answer="not saved")))
        assert await database.read(look) == [changed, changed]


@asynchronous
async def test_a_uid_is_one_sessions_and_a_closed_one_has_its_time(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        one, other = await written(database, add_session), await written(database, add_session)
        await written(database, lambda rows: [asks.insert(rows, an_ask(each)) for each in (one, other)])
        with pytest.raises(Exception, match=r"asks\.session_id, asks\.uid"):
            await written(database, lambda rows: asks.insert(rows, an_ask(one)))
        timeless = replace(an_ask(one, "v"), status=AskStatus.EXPIRED)
        with pytest.raises(Exception, match="closed"):
            await written(database, lambda rows: asks.insert(rows, timeless))


@asynchronous
async def test_due_are_the_open_ones_of_everybody_whose_time_is_over_the_oldest_first(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        await add_strangers(database)
        mine, theirs, deleted = [await written(database, add_session) for _ in range(3)]

        def prepare(rows: Cursor) -> None:
            rows.execute("UPDATE sessions SET user_id = 3 WHERE id = ?", (theirs,))
            rows.execute("UPDATE sessions SET deleted_at = 1 WHERE id = ?", (deleted,))
            for uid, session_id, hours in (("a", mine, 2), ("b", theirs, 1), ("c", mine, 4), ("d", deleted, 1)):
                asks.insert(rows, an_ask(session_id, uid, expires_at=START + timedelta(hours=hours)))
            asks.insert(rows, an_ask(mine, "for ever"))
            late = an_ask(mine, "closed", expires_at=START, status=AskStatus.WITHDRAWN, closed_at=START)
            asks.insert(rows, late)

        await written(database, prepare)
        until = START + timedelta(hours=2)
        found = await database.read(lambda rows: asks.due(rows, until, limit=9))
        assert found == [(2, theirs, COLLEAGUE), (1, mine, LOCAL)]
        assert await database.read(lambda rows: asks.due(rows, until, limit=1)) == found[:1]
        assert await database.read(asks.next_expiry) == START + timedelta(hours=1)
        await written(database, lambda rows: rows.execute("UPDATE asks SET expires_at = NULL"))
        assert await database.read(asks.next_expiry) is None


@pytest.mark.parametrize(
    ("names", "index"),
    [
        ("status", "ix_asks_status_id (status=? AND id>?)"),
        ("status session_id", "ix_asks_status_id (status=? AND id>?)"),
        ("status kind", "ix_asks_status_id (status=? AND id>?)"),
        ("session_id", "(session_id=?)"),
        ("", "INTEGER PRIMARY KEY (rowid>?)"),
    ],
    ids=str,
)
@asynchronous
async def test_no_list_reads_what_it_does_not_show(tmp_path: Path, names: str, index: str) -> None:
    """Neither the closed ones, when the open ones are wanted, nor the sessions, of which there may be many more."""
    async with open_database(tmp_path) as database:
        given = {"session_id": 1, "status": "open", "kind": "question", "after": 0, "limit": 10}
        first, *others = await plan(
            database, asks._page(frozenset(names.split())), {**given, **scope_parameters(LOCAL)}
        )
        assert first.startswith("SEARCH asks USING ")
        assert first.endswith(index)
        assert not any("SCAN" in each for each in others)


@asynchronous
async def test_looking_for_the_next_one_to_expire_reads_no_closed_one(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        given = {"now": 0, "limit": 10, "session_id": 1}
        for statement in (asks._DUE, asks._NEXT_EXPIRY, asks._OPEN_OF_SESSION):
            first, *_ = await plan(database, statement, given)
            assert first == "SEARCH asks USING INDEX ix_asks_status_id (status=?)"
        first, *_ = await plan(database, asks._BY_UID, {**given, "uid": "u"})
        assert first.endswith("(session_id=? AND uid=?)")


async def plan(database: Any, statement: str, parameters: Mapping[str, object]) -> list[str]:
    def explain(rows: Cursor) -> list[str]:
        return [row[3] for row in rows.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()]

    found: list[str] = await database.read(explain)
    return found
