"""The children of a session are found by an index, however many sessions there are."""

from pathlib import Path

import pytest

from tests.factories import COLLEAGUE, START, asynchronous, new_uid, open_database
from tests.unit.domain.sessions import INTERACTION, SESSION
from treadle.domain.command import CLAUDE, SHELL_ARGV
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.values import replaced
from treadle.storage import children, purge
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.storage.scoping import scope_parameters
from treadle.storage.writer import Transaction


def add(rows: Cursor, parent: int | None, **fields: object) -> int:
    return session_rows.insert(rows, replaced(SESSION, uid=new_uid(), parent_session_id=parent, **fields)).id  # type: ignore[arg-type]


def add_result(
    rows: Cursor, session_id: int, position: int, status: ResultStatus, command: str = CLAUDE, **data: object
) -> None:
    completed_at = None if status is ResultStatus.PENDING else START
    interaction = replaced(
        INTERACTION,
        id=f"{session_id}.{position}",
        session_id=session_id,
        position=position,
        command=replaced(INTERACTION.command, command=command),
        completed_at=completed_at,
    )
    interaction_rows.insert(rows, interaction)
    message = "It broke." if status is ResultStatus.ERROR else None
    result = Result(id="r", status=status, timestamp=START, data=data, error_message=message)
    interaction_rows.save_result(rows, interaction, result)


def plan(rows: Cursor, statement: str, scope: Scope = LOCAL) -> list[str]:
    parameters = {"session_id": 1, **scope_parameters(scope)}
    return [row[3] for row in rows.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


@pytest.mark.parametrize("scope", [LOCAL, LOCAL.narrowed(1)], ids=["everything", "one project"])
@asynchronous
async def test_nothing_is_scanned_or_sorted(tmp_path: Path, scope: Scope) -> None:
    async with open_database(tmp_path) as database:
        steps = await database.read(lambda rows: plan(rows, children.CHILDREN, scope))
        assert [step for step in steps if step.startswith(("SCAN", "USE TEMP"))] == []
        assert "SEARCH sessions USING COVERING INDEX ix_sessions_parent_session_id (parent_session_id=?)" in steps
        assert any(step.startswith("SEARCH interactions USING INDEX") for step in steps)
        upwards = await database.read(lambda rows: plan(rows, children.DEPTH))
        assert [step for step in upwards if "sessions" in step or "parents" in step] == [
            "SEARCH sessions USING INTEGER PRIMARY KEY (rowid=?)",
            "SEARCH parents USING INTEGER PRIMARY KEY (rowid=?)",
        ]


@asynchronous
async def test_only_those_directly_below_that_are_not_deleted_are_there(tmp_path: Path) -> None:
    def work(transaction: Transaction) -> None:
        rows = transaction.cursor
        top = add(rows, None)
        first, gone, last = add(rows, top), add(rows, top), add(rows, top, title="last")
        below = add(rows, first)
        add(rows, None)
        purge.mark(rows, [gone], START)
        assert [child.id for child in children.of_session(rows, LOCAL, top)] == [first, last]
        assert children.of_session(rows, COLLEAGUE, top) == ()
        assert children.of_session(rows, LOCAL, last) == ()
        assert [children.depth(rows, each) for each in (top, first, below)] == [1, 2, 3]

    async with open_database(tmp_path) as database:
        await database.write(work)


@asynchronous
async def test_the_cost_is_the_sum_of_all_that_agents_completed(tmp_path: Path) -> None:
    def work(transaction: Transaction) -> None:
        rows = transaction.cursor
        top = add(rows, None)
        dear, free = add(rows, top), add(rows, top)
        add_result(rows, dear, 1, ResultStatus.OK, cost_usd=0.1)
        add_result(rows, dear, 2, ResultStatus.ERROR, cost_usd=0.2)
        add_result(rows, dear, 3, ResultStatus.OK, cost_usd=2**63 - 1 - 2**63)
        add_result(rows, dear, 4, ResultStatus.OK, cost_usd="7")
        add_result(rows, dear, 5, ResultStatus.OK, command=SHELL_ARGV, cost_usd=1_000)
        add_result(rows, dear, 6, ResultStatus.PENDING, cost_usd=100)
        add_result(rows, free, 1, ResultStatus.OK, cost_usd=None, inner={"cost_usd": 1})
        assert [child.cost_usd for child in children.of_session(rows, LOCAL, top)] == [-0.7, None]
        add_result(rows, free, 2, ResultStatus.OK, cost_usd=2**62)
        add_result(rows, free, 3, ResultStatus.OK, cost_usd=2**62)
        assert children.of_session(rows, LOCAL, top)[1].cost_usd == 2.0**63

    async with open_database(tmp_path) as database:
        await database.write(work)


@asynchronous
async def test_what_programs_printed_is_not_read_for_it(tmp_path: Path) -> None:
    def work(transaction: Transaction) -> None:
        rows = transaction.cursor
        top = add(rows, None)
        child = add(rows, top)
        add_result(rows, child, 1, ResultStatus.OK, cost_usd=0.25)
        add_result(rows, child, 2, ResultStatus.OK, command=SHELL_ARGV)
        rows.execute("UPDATE interactions SET result = 'whoever reads this fails' WHERE position = 2")
        assert children.of_session(rows, LOCAL, top)[0].cost_usd == 0.25

    async with open_database(tmp_path) as database:
        await database.write(work)
