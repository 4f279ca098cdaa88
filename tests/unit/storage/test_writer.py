"""Group commit: who shares a commit, who falls with it, and what is told to whom when."""

import asyncio
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.factories import asynchronous, open_database
from treadle.domain.errors import InvalidValueError, StorageUnavailableError
from treadle.storage import checkpoints
from treadle.storage.connections import Cursor
from treadle.storage.database import Database

INSERT = "INSERT INTO accounts (name, inserted_at) VALUES (?, 0)"


def add(name: str, *, fail: Exception | None = None) -> Any:
    def work(transaction: Any) -> str:
        transaction.cursor.execute(INSERT, (name,))
        transaction.announce(name)
        if fail is not None:
            raise fail
        return name

    return work


def names(rows: Cursor) -> list[str]:
    return [name for (name,) in rows.execute("SELECT name FROM accounts WHERE id > 1 ORDER BY id")]


class Gate:
    """Holds the writer inside a request, so that what comes meanwhile waits for the next commit together."""

    def __init__(self) -> None:
        self.entered, self.opened = threading.Event(), threading.Event()

    def __call__(self, transaction: Any) -> None:
        self.entered.set()
        assert self.opened.wait(10)


async def in_one_group(database: Database, *works: Any) -> list[Any]:
    gate = Gate()
    first = asyncio.create_task(database.write(gate))
    await asyncio.to_thread(gate.entered.wait, 10)
    rest = [asyncio.create_task(database.write(work)) for work in works]
    await asyncio.sleep(0)
    gate.opened.set()
    await first
    return await asyncio.gather(*rest, return_exceptions=True)


def commits(database: Database) -> list[str]:
    """Fills with the transactions' statements as they run."""
    seen: list[str] = []
    database._writer._connection.set_trace_callback(
        lambda text: seen.append(text) if text.startswith(("BEGIN", "COMMIT", "ROLLBACK")) else None
    )
    return seen


@asynchronous
async def test_requests_that_wait_share_a_commit(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        seen = commits(database)
        answers = await in_one_group(database, *(add(str(number)) for number in range(100)))
        assert answers == [str(number) for number in range(100)]
        assert seen == ["BEGIN IMMEDIATE", "COMMIT"] * 2


@asynchronous
async def test_a_group_is_bounded(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        seen = commits(database)
        await in_one_group(database, *(add(str(number)) for number in range(257)))
        assert seen == ["BEGIN IMMEDIATE", "COMMIT"] * 3


@asynchronous
async def test_a_failing_request_undoes_itself_only(tmp_path: Path) -> None:
    published: list[object] = []
    async with open_database(tmp_path, published) as database:
        refusal, fault = InvalidValueError("no"), RuntimeError("bug")
        answers = await in_one_group(database, add("a"), add("b", fail=refusal), add("c", fail=fault), add("d"))
        assert answers == ["a", refusal, fault, "d"]
        assert await database.read(names) == ["a", "d"]
        assert published == ["a", "d"]


@asynchronous
async def test_a_broken_rule_of_the_database_undoes_the_whole_request(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def work(transaction: Any) -> None:
            transaction.cursor.execute(INSERT, ("half",))
            transaction.cursor.execute(INSERT, (None,))

        answers = await in_one_group(database, work, add("a"))
        assert isinstance(answers[0], sqlite3.IntegrityError)
        assert await database.read(names) == ["a"]


@asynchronous
async def test_a_failing_commit_fails_all_its_requests(tmp_path: Path) -> None:
    """A foreign key that is checked only at the commit makes it fail."""
    published: list[object] = []
    async with open_database(tmp_path, published) as database:

        def dangling(transaction: Any) -> None:
            transaction.cursor.execute("PRAGMA defer_foreign_keys=ON")
            transaction.cursor.execute("INSERT INTO users (account_id, name, inserted_at) VALUES (99, 'x', 0)")

        answers = await in_one_group(database, add("a"), dangling, add("b"))
        assert all(isinstance(answer, Exception) for answer in answers)
        assert published == []
        assert await database.write(add("c")) == "c"
        assert await database.read(names) == ["c"]
        assert published == ["c"]


@asynchronous
async def test_a_full_disk_is_an_answer_and_the_next_write_goes_on(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        connection = database._writer._connection

        def limit(transaction: Any) -> None:
            (pages,) = transaction.cursor.execute("PRAGMA page_count").fetchone()
            transaction.cursor.execute(f"PRAGMA max_page_count={pages + 2}")

        await database.write(limit)
        with pytest.raises(StorageUnavailableError, match="full"):
            await database.write(add("x" * 100_000))
        assert await database.read(names) == []
        assert await database.write(add("small")) == "small"
        connection.execute("PRAGMA max_page_count=1000000")
        assert await database.write(add("y" * 100_000))
        assert len(await database.read(names)) == 2


@asynchronous
async def test_a_full_disk_in_a_group_leaves_nothing_half_written(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def limit(transaction: Any) -> None:
            (pages,) = transaction.cursor.execute("PRAGMA page_count").fetchone()
            transaction.cursor.execute(f"PRAGMA max_page_count={pages + 2}")

        await database.write(limit)
        answers = await in_one_group(database, add("a"), add("x" * 100_000), add("b"))
        assert isinstance(answers[1], StorageUnavailableError)
        acknowledged = [answer for answer in answers if isinstance(answer, str)]
        assert await database.read(names) == acknowledged


@asynchronous
async def test_a_cancelled_write_is_committed_and_published(tmp_path: Path) -> None:
    published: list[object] = []
    async with open_database(tmp_path, published) as database:
        gate = Gate()
        first = asyncio.create_task(database.write(gate))
        await asyncio.to_thread(gate.entered.wait, 10)
        cancelled = asyncio.create_task(database.write(add("a")))
        await asyncio.sleep(0)
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        gate.opened.set()
        await first
        assert await database.write(add("b")) == "b"
        assert published == ["a", "b"]
        assert await database.read(names) == ["a", "b"]


@pytest.mark.requirement("notices.after-commit", "defect.published-early-or-twice")
@asynchronous
async def test_notices_come_after_their_commit_in_its_order_and_once(tmp_path: Path) -> None:
    published: list[object] = []
    async with open_database(tmp_path, published) as database:
        other = sqlite3.connect(tmp_path / "treadle.db")
        seen: list[list[str]] = []

        def publish(announcements: Any) -> None:
            published.extend(announcements)
            seen.append(names(other.cursor()))

        database._writer._publish = publish
        wanted = [str(number) for number in range(20)]
        await in_one_group(database, *(add(name) for name in wanted))
        assert published == wanted
        assert all(visible == wanted for visible in seen)
        other.close()


@asynchronous
async def test_a_request_that_tries_to_end_the_daemon_ends_only_itself(tmp_path: Path) -> None:
    """A plug-in's step runs here; `sys.exit()` in it would leave everybody after it waiting for ever."""
    async with open_database(tmp_path) as database:

        def leave(transaction: Any) -> None:
            transaction.cursor.execute(INSERT, ("half",))
            sys.exit("bye")

        answers = await in_one_group(database, add("a"), leave, add("b"))
        assert answers[0] == "a"
        assert isinstance(answers[1], RuntimeError)
        assert answers[2] == "b"
        assert await database.read(names) == ["a", "b"]


@asynchronous
@pytest.mark.parametrize("error", [ValueError("no"), SystemExit("bye"), sqlite3.IntegrityError("twice")])
async def test_what_a_request_that_is_alone_wrote_is_taken_back_when_it_fails(
    tmp_path: Path, error: BaseException
) -> None:
    async with open_database(tmp_path) as database:

        def fail(transaction: Any) -> None:
            transaction.cursor.execute(INSERT, ("half",))
            transaction.announce("half")
            raise error

        for name in "ab":
            with pytest.raises((ValueError, RuntimeError, sqlite3.IntegrityError, StorageUnavailableError)):
                await database.write(fail)
            assert await database.write(add(name)) == name
        assert await database.read(names) == ["a", "b"]


@asynchronous
async def test_work_that_hides_the_end_of_its_transaction_stores_nothing(
    tmp_path: Path,
) -> None:
    async with open_database(tmp_path) as database:

        def hide(transaction: Any) -> str:
            transaction.cursor.execute("ROLLBACK")
            return "all is well"

        answers = await in_one_group(database, add("a"), hide, add("b"))
        assert all(isinstance(each, Exception) for each in answers)
        assert await database.read(names) == []
        assert await database.write(add("c")) == "c"


@asynchronous
async def test_nobody_is_told_of_a_commit_that_met_something_unforeseen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(tmp_path) as database:
        run_request = database._writer._run_request

        def out_of_memory(request: Any) -> None:
            run_request(request)
            if request.value == "b":
                raise MemoryError

        monkeypatch.setattr(database._writer, "_run_request", out_of_memory)
        answers = await in_one_group(database, add("a"), add("b"), add("c"))
        assert all(isinstance(answer, MemoryError) for answer in answers)
        assert await database.read(names) == []
        assert await database.write(add("d")) == "d"
        assert await database.read(names) == ["d"]


@asynchronous
async def test_what_fails_after_a_commit_does_not_end_the_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_database(tmp_path) as database:

        def fail() -> None:
            raise RuntimeError("bug")

        monkeypatch.setattr(database._writer._checkpoints, "after_commit", fail)
        assert [await database.write(add(name)) for name in "ab"] == ["a", "b"]


@asynchronous
async def test_a_listener_that_fails_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:

        def publish(_: Any) -> None:
            raise RuntimeError("bug")

        database._writer._publish = publish
        assert await in_one_group(database, add("a"), add("b")) == ["a", "b"]


@asynchronous
async def test_the_loop_never_waits_for_the_log_to_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, opened = threading.Event(), threading.Event()

    def slow(_: Any) -> None:
        entered.set()
        assert opened.wait(10)

    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.01)
    monkeypatch.setattr(checkpoints.Checkpoints, "when_idle", slow)
    async with open_database(tmp_path) as database:
        await database.write(add("a"))
        await asyncio.to_thread(entered.wait, 10)
        late = asyncio.create_task(database.write(add("b")))
        await asyncio.sleep(0)
        opened.set()
        assert await late == "b"


@asynchronous
async def test_a_read_that_writes_nothing_costs_no_sync(tmp_path: Path) -> None:
    """An idempotent poll goes through the writer too."""
    async with open_database(tmp_path) as database:
        await database.write(add("a"))
        before = (tmp_path / "treadle.db-wal").stat().st_size
        assert await database.write(lambda transaction: names(transaction.cursor)) == ["a"]
        assert (tmp_path / "treadle.db-wal").stat().st_size == before


@asynchronous
async def test_acknowledged_means_on_disk(tmp_path: Path) -> None:
    async with open_database(tmp_path) as database:
        settings = ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint")
        found = await database.write(
            lambda transaction: [transaction.cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in settings]
        )
        assert found == ["wal", 2, 1, 4096]
