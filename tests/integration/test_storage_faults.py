"""The disk fails in the middle of the work: a clear answer, nothing half-written, reading goes on, and so does writing
as soon as it can, without a restart.
"""

import asyncio
import os
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.disk_faults import SmallDisk, can_mount, file_limit, handles, replaced
from tests.factories import asynchronous, make_event, new_session, open_application
from tests.stored import stored_session
from tests.torture.audit import broken_rules, connect
from treadle.domain.errors import StorageUnavailableError
from treadle.domain.event import EventOrder, IncomingEvent
from treadle.domain.scope import LOCAL
from treadle.service.application import Application
from treadle.storage import checkpoints, writer
from treadle.storage.event_pages import EventQuery
from treadle.storage.health import Health

TEXT = '{"text": "' + "x" * 5_000 + '"}'
LOG = "treadle.db-wal"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried once a second is tried more often."""
    monkeypatch.setattr(writer, "PROBE_SECONDS", 0.02)
    monkeypatch.setattr(checkpoints, "RETRY_SECONDS", 0.0)


def batch(count: int) -> list[IncomingEvent]:
    return [make_event(data=TEXT) for _ in range(count)]


LARGE = 1_000
"""Events of five kilobytes: more than SQLite keeps in memory, so that it writes in the middle of the transaction."""


@dataclass
class Work:
    """One client's session, and everybody who is told how the disk is."""

    application: Application
    folder: Path
    session_id: int
    told: "asyncio.Queue[Health]" = field(default_factory=asyncio.Queue)
    stored: list[str] = field(default_factory=list)

    async def send(self, events: list[IncomingEvent]) -> None:
        await self.application.event_handler.handle_events(LOCAL, session_id=self.session_id, events=events)
        self.stored += [event.uid for event in events]

    async def is_refused(self, events: list[IncomingEvent], reason: str) -> None:
        with pytest.raises(StorageUnavailableError, match="Nothing was stored") as caught:
            await self.application.event_handler.handle_events(LOCAL, session_id=self.session_id, events=events)
        assert caught.value.details == {"reason": reason}
        await self.reads_all()

    async def reads_all(self) -> None:
        """Over pages; every event that was acknowledged, in order, and nothing else."""
        head = await stored_session(self.application, LOCAL, session_id=self.session_id)
        assert head.session.event_count == len(self.stored)
        query = EventQuery(order=EventOrder.ID, descending=True, limit=10)
        page = await self.application.event_handler.get_events(LOCAL, session_id=self.session_id, query=query)
        found = [uid for uid in self.stored[-10:] if uid.encode() in page]
        assert found == self.stored[-10:]

    async def is_told(self, *, is_writable: bool, reason: str | None = None) -> None:
        health = await asyncio.wait_for(self.told.get(), 20)
        assert (health.is_writable, health.reason) == (is_writable, reason)

    @property
    def readers_handle(self) -> int:
        """Of the log. The reader opens it first: in a new database the writer needs it only when it writes."""
        first, _ = handles(self.folder / LOG)
        return first

    @property
    def writers_handle(self) -> int:
        _, second = handles(self.folder / LOG)
        return second

    def empty_log(self) -> None:
        """So that nothing is read from it while it is another file."""
        with closing(sqlite3.connect(self.folder / "treadle.db")) as other:
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)


@asynccontextmanager
async def working(folder: Path) -> AsyncIterator[Work]:
    async with open_application(folder) as application:
        work = Work(application, folder, (await new_session(application)).id)
        application.database.watch_health(work.told.put_nowait)
        await work.send(batch(20))
        yield work
        assert application.database.health.is_writable
    with closing(connect(folder)) as rows:
        assert list(broken_rules(rows)) == []
        found = [uid for (uid,) in rows.execute("SELECT uid FROM session_events ORDER BY id")]
        assert found == work.stored


Fault = Callable[[Work], "Any"]


@contextmanager
def full_device(work: Work) -> Iterator[None]:
    work.empty_log()
    with replaced(work.writers_handle, "/dev/full", os.O_RDWR):
        yield


@contextmanager
def read_only_handle(work: Work) -> Iterator[None]:
    with replaced(work.writers_handle, work.folder / LOG, os.O_RDONLY):
        yield


@contextmanager
def sync_that_fails(work: Work) -> Iterator[None]:
    work.empty_log()
    with replaced(work.writers_handle, "/dev/null", os.O_RDWR):
        yield


@contextmanager
def no_larger_files(work: Work) -> Iterator[None]:
    del work
    with file_limit(4_096):
        yield


FAULTS: dict[str, tuple[Fault, str]] = {
    "the disk is full": (full_device, "disk_full"),
    "the file is read-only": (read_only_handle, "disk_error"),
    "the sync fails": (sync_that_fails, "disk_error"),
    "no file may grow": (no_larger_files, "disk_error"),
}


@pytest.mark.requirement("event.uid-makes-retry-harmless", "events.all-or-nothing")
@pytest.mark.parametrize("count", [1, LARGE])
@pytest.mark.parametrize("kind", FAULTS)
@asynchronous
async def test_a_batch_that_meets_a_failing_disk_is_stored_whole_later(tmp_path: Path, kind: str, count: int) -> None:
    fault, reason = FAULTS[kind]
    async with working(tmp_path) as work:
        events = batch(count)
        with fault(work):
            for _ in range(2):
                await work.is_refused(events, reason)
            await work.is_told(is_writable=False, reason=reason)
        await work.is_told(is_writable=True)
        await work.send(events)
        await work.reads_all()
        assert work.told.empty()


@pytest.mark.parametrize("kind", FAULTS)
@asynchronous
async def test_those_who_wait_together_are_told_together_and_all_go_on(tmp_path: Path, kind: str) -> None:
    fault, reason = FAULTS[kind]
    async with working(tmp_path) as work:
        others = [(await new_session(work.application)).id for _ in range(16)]
        batches = {session_id: batch(20) for session_id in others}

        async def send(session_id: int) -> object:
            handler = work.application.event_handler
            return await handler.handle_events(LOCAL, session_id=session_id, events=batches[session_id])

        with fault(work):
            answers = await asyncio.gather(*map(send, others), return_exceptions=True)
            refused = [answer for answer in answers if isinstance(answer, StorageUnavailableError)]
            assert len(refused) > 1
            assert {answer.details["reason"] for answer in refused} == {reason}
            await work.is_told(is_writable=False, reason=reason)
        await work.is_told(is_writable=True)
        await asyncio.gather(*map(send, others))
        work.stored += await in_order_of_arrival(work)


async def in_order_of_arrival(work: Work) -> list[str]:
    """What the other sessions have stored."""
    found: list[str] = await work.application.database.read(
        lambda rows: [
            uid for (uid,) in rows.execute("SELECT uid FROM session_events WHERE session_id > 1 ORDER BY id").fetchall()
        ]
    )
    assert len(found) == 16 * 20
    return found


@asynchronous
async def test_a_log_that_may_not_grow_is_emptied_and_used_again(tmp_path: Path) -> None:
    """Nobody makes room: the daemon does, by moving what the log holds to its place, which is much the same pages."""
    async with working(tmp_path) as work:
        await work.send(batch(200))
        work.empty_log()
        with file_limit((tmp_path / "treadle.db").stat().st_size + 200_000):
            while work.told.empty():
                event = make_event()
                try:
                    await work.send([event])
                except StorageUnavailableError:
                    await work.send([event])
        await work.is_told(is_writable=False, reason="disk_error")
        await work.is_told(is_writable=True)


@asynchronous
async def test_a_disk_that_cannot_be_read_is_told_to_who_reads_and_is_read_again(tmp_path: Path) -> None:
    async with working(tmp_path) as work:
        with replaced(work.readers_handle, tmp_path / LOG, os.O_WRONLY):
            with pytest.raises(StorageUnavailableError, match="The disk cannot be read or written") as caught:
                await work.reads_all()
            assert caught.value.details == {"reason": "disk_error"}
            assert "Nothing was stored" not in caught.value.message
            await work.send(batch(5))
        await work.reads_all()


@pytest.mark.parametrize("removed", [["treadle.db"], [LOG], ["treadle.db", LOG]])
@asynchronous
async def test_files_that_are_removed_take_no_more_answers_with_them(tmp_path: Path, removed: list[str]) -> None:
    """Without a look at them everything would be acknowledged until the end, and be nowhere then."""
    async with open_application(tmp_path) as application:
        work = Work(application, tmp_path, (await new_session(application)).id)
        application.database.watch_health(work.told.put_nowait)
        await work.send(batch(20))
        for name in removed:
            (tmp_path / name).rename(tmp_path / f"{name}.away")
        with pytest.raises(StorageUnavailableError, match="removed or replaced") as caught:
            await work.send(batch(20))
        assert caught.value.details == {"reason": "gone"}
        await work.is_told(is_writable=False, reason="gone")
        for name in removed:
            (tmp_path / f"{name}.away").rename(tmp_path / name)
        await work.is_told(is_writable=True)
        await work.send(batch(20))


@asynchronous
async def test_what_was_acknowledged_before_the_log_was_removed_is_saved_at_the_end(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        work = Work(application, tmp_path, (await new_session(application)).id)
        await work.send(batch(LARGE))
        (tmp_path / LOG).unlink()
        with pytest.raises(StorageUnavailableError):
            await work.send(batch(20))
    with closing(connect(tmp_path)) as rows:
        assert list(broken_rules(rows)) == []
        found = [uid for (uid,) in rows.execute("SELECT uid FROM session_events ORDER BY id")]
        assert found[:LARGE] == work.stored


@asynchronous
async def test_rights_that_are_taken_away_change_nothing_for_who_has_the_file_open(tmp_path: Path) -> None:
    async with working(tmp_path / "data") as work:
        folder = tmp_path / "data"
        (folder / "treadle.db").chmod(0o400)
        (folder / LOG).chmod(0o400)
        folder.chmod(0o500)
        await work.send(batch(LARGE))
        await work.reads_all()
        folder.chmod(0o700)
        (folder / "treadle.db").chmod(0o600)


@asynchronous
async def test_a_reader_that_keeps_its_snapshot_holds_up_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program looks at the database for minutes, while tens of megabytes are written."""
    monkeypatch.setattr(checkpoints, "IDLE_SECONDS", 0.05)
    async with working(tmp_path) as work:
        with closing(connect(tmp_path)) as outside:
            outside.execute("BEGIN")
            assert outside.execute("SELECT count(*) FROM session_events").fetchone() == (20,)
            for _ in range(8):
                await work.send(batch(LARGE))
            assert (tmp_path / LOG).stat().st_size > checkpoints.EMPTY_ABOVE_BYTES
            assert outside.execute("SELECT count(*) FROM session_events").fetchone() == (20,)
        while (tmp_path / LOG).stat().st_size:
            await work.reads_all()
        assert work.told.empty(), "it was never in trouble"


# disks of their own, where this user may make one

PLACES: list[str] = ["replaced handle"]
with tempfile.TemporaryDirectory() as trial:
    if can_mount(Path(trial)):
        PLACES.append("mounted disk")


@pytest.mark.parametrize("place", PLACES)
@asynchronous
async def test_a_disk_that_is_full_until_somebody_makes_room(tmp_path: Path, place: str) -> None:
    with ExitStack() as disks:
        folder = tmp_path / "disk"
        if place == "mounted disk":
            disks.enter_context(SmallDisk(folder, "8m"))
            (folder / "filler").write_bytes(bytes(5_000_000))
        async with working(folder) as work:
            events = batch(LARGE)
            with ExitStack() as faults:
                if place == "replaced handle":
                    faults.enter_context(full_device(work))
                await work.is_refused(events, "disk_full")
                await work.is_told(is_writable=False, reason="disk_full")
            (folder / "filler").unlink(missing_ok=True)
            events = batch(200)
            await work.is_told(is_writable=True)
            await work.send(events)


@asynchronous
async def test_without_room_it_does_not_start_and_with_room_it_does(tmp_path: Path) -> None:
    async with working(tmp_path) as work:
        stored = list(work.stored)
    with file_limit(0), pytest.raises(StorageUnavailableError, match="The disk cannot be"):
        async with open_application(tmp_path):
            pass
    async with open_application(tmp_path) as application:
        await Work(application, tmp_path, work.session_id, stored=stored).reads_all()
