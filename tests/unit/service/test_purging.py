"""Deleted sessions go in the background: what is full or killed on the way is tried again, and nothing else goes."""

import asyncio
import logging
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.factories import (
    START,
    asynchronous,
    new_session,
    open_application,
)
from tests.stored import stored_session
from tests.unit.service.deletions import (
    add_events,
    counts,
    delete,
    files_of,
    upload,
)
from treadle.domain.errors import SessionNotFoundError, StorageUnavailableError
from treadle.domain.scope import LOCAL
from treadle.service import purging
from treadle.service.application import Application
from treadle.storage import purge
from treadle.storage.connections import Cursor
from treadle.storage.output_files import OutputFiles, Upload
from treadle.storage.purge import Piece


async def failing(application: Application, monkeypatch: pytest.MonkeyPatch, times: int) -> Callable[[], int]:
    """The next so many pieces fail, as on a full disk; how many have been asked for."""
    real, asked = purge.remove_piece, 0

    def remove_piece(cursor: Cursor, rows: int) -> Piece | None:
        nonlocal asked
        asked += 1
        if asked <= times:
            raise StorageUnavailableError("The disk is full.")
        return real(cursor, rows)

    monkeypatch.setattr(purge, "remove_piece", remove_piece)
    return lambda: asked


@asynchronous
async def test_a_full_disk_is_tried_again_and_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(purging, "FIRST_PAUSE_SECONDS", 0.001)
    caplog.set_level(logging.INFO)
    async with open_application(tmp_path) as application:
        await application.deletion.purging.close()
        asked = await failing(application, monkeypatch, times=3)
        session = await new_session(application)
        await delete(application, session)
        await application.deletion.purging._purge_patiently()
        assert asked() == 5, "three that failed, one that did it, one that found nothing more"
        assert (await counts(application))["sessions"] == 0
        messages = [record.message for record in caplog.records if record.name == "treadle.service.purging"]
        assert messages == [
            "deleted sessions stay on disk for now: The disk is full.",
            "deleted sessions are purged again",
        ]


@asynchronous
async def test_nobody_waits_for_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_application(tmp_path) as application:
        await failing(application, monkeypatch, times=1_000)
        session = await new_session(application)
        assert not await application.deletion.gone(await delete(application, session), lambda _: None)
        with pytest.raises(SessionNotFoundError):
            await stored_session(application, LOCAL, session_id=session.id)


def test_the_pauses_between_two_tries_grow_to_a_bound(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pauses: list[float] = []

    class EnoughError(Exception):
        pass

    async def wait(_: purging.Purging, seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 9:
            raise EnoughError

    @asynchronous
    async def run() -> None:
        async with open_application(tmp_path) as application:
            await application.deletion.purging.close()
            await failing(application, monkeypatch, times=1_000)
            monkeypatch.setattr(purging.Purging, "_is_wanted_within", wait)
            with pytest.raises(EnoughError):
                await application.deletion.purging._purge_patiently()

    run()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


@asynchronous
async def test_a_daemon_that_starts_goes_on_with_what_the_one_before_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_application(tmp_path) as application:
        session, other = await new_session(application), await new_session(application)
        await add_events(application, session, 20)
        await add_events(application, other, 20)
        await upload(application, session, b"abc")
        await application.deletion.purging.close()
        deleted = await delete(application, session)
        await application.database.write(lambda transaction: purge.remove_piece(transaction.cursor, 5))
        assert (await counts(application))["session_events"] == 35
    async with open_application(tmp_path) as application:
        assert await application.deletion.gone(deleted, lambda _: None)
        assert await counts(application) == {
            "sessions": 1,
            "interactions": 0,
            "session_events": 20,
            "session_outputs": 0,
            "outputs": 0,
        }
        assert files_of(tmp_path) == set()


@pytest.mark.parametrize("killed", ["before the file", "between file and row"])
@asynchronous
async def test_an_output_that_a_killed_daemon_did_not_end_removing_is_removed_by_the_next(
    tmp_path: Path, killed: str
) -> None:
    async with open_application(tmp_path) as application:
        await application.deletion.purging.close()
        session = await new_session(application)
        output_id = await upload(application, session, b"abc")
        await delete(application, session)
        await application.database.write(lambda transaction: purge.remove_piece(transaction.cursor, 5))
        if killed == "between file and row":
            application.outputs.files.remove([output_id])
    async with open_application(tmp_path) as application:
        await all_tidied(application)
        assert (await counts(application))["outputs"] == 0
        assert output_id not in files_of(tmp_path)


@asynchronous
async def test_an_output_whose_file_cannot_be_removed_is_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row tells of it until the file is gone."""
    async with open_application(tmp_path) as application:
        await application.deletion.purging.close()
        session = await new_session(application)
        output_id = await upload(application, session, b"abc")
        await delete(application, session)
        await application.database.write(lambda transaction: purge.remove_piece(transaction.cursor, 5))

        def refuse(*_: object) -> None:
            raise StorageUnavailableError("The disk is away.")

        with monkeypatch.context() as patched:
            patched.setattr(OutputFiles, "remove", refuse)
            with pytest.raises(StorageUnavailableError):
                await application.outputs.remove_unused([output_id])
        assert output_id in files_of(tmp_path)
        await application.outputs.remove_all_unused()
        assert output_id not in files_of(tmp_path)
        assert (await counts(application))["outputs"] == 0


@asynchronous
async def test_a_file_that_no_row_tells_of_is_removed_when_it_is_old(tmp_path: Path) -> None:
    """A daemon was killed between the file and the row; a young one may be about to get its row."""
    async with open_application(tmp_path) as application:
        old, young = (Upload(1, name) for name in ("old", "young"))
        output_ids = []
        for each in (old, young):
            application.outputs.files.append(each, 0, each.id.encode())
            output_ids.append(application.outputs.files.digest(each, len(each.id)))
            application.outputs.files.name(each, output_ids[-1])
        moment = (START - timedelta(days=2)).timestamp()
        os.utime(tmp_path / "outputs" / output_ids[0][:2] / output_ids[0], (moment, moment))
        await application.outputs.remove_all_unused()
        assert {name for name in files_of(tmp_path) if "-" not in name} == {output_ids[1]}


async def all_tidied(application: Application) -> None:
    """What begins at the start, once more: it takes its turn behind that."""
    await application.outputs.remove_all_unused()


@asynchronous
async def test_the_same_content_that_comes_again_after_a_kill_has_its_file(tmp_path: Path) -> None:
    """Its row was left without a file; the next session's upload must not trust the row."""
    async with open_application(tmp_path) as application:
        await application.deletion.purging.close()
        session = await new_session(application)
        output_id = await upload(application, session, b"abc")
        await delete(application, session)
        await application.database.write(lambda transaction: purge.remove_piece(transaction.cursor, 5))
        application.outputs.files.remove([output_id])
        other = await new_session(application)
        assert await upload(application, other, b"abc") == output_id
        await application.outputs.remove_unused([output_id])
        content = await application.outputs.read(LOCAL, session_id=other.id, output_id=output_id)
        assert content.data == b"abc"


@asynchronous
async def test_content_that_comes_again_while_it_is_removed_keeps_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many times, since each time the two meet somewhere else."""
    async with open_application(tmp_path) as application:
        for number in range(40):
            data = f"content {number}".encode()
            session, other = await new_session(application), await new_session(application)
            await upload(application, session, data)
            deleted = await delete(application, session)
            output_id, is_gone = await asyncio.gather(
                upload(application, other, data), application.deletion.gone(deleted, lambda _: None)
            )
            assert is_gone
            content = await application.outputs.read(LOCAL, session_id=other.id, output_id=output_id)
            assert content.data == data


@asynchronous
async def test_an_output_that_is_about_to_be_referred_to_is_not_found_unused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its file and its row the purge of the only other session that has it must wait."""
    async with open_application(tmp_path) as application:
        session, other = await new_session(application), await new_session(application)
        output_id = await upload(application, session, b"abc")
        named, go_on = asyncio.Event(), asyncio.Event()
        loop, name = asyncio.get_running_loop(), OutputFiles.name

        def slow(files: OutputFiles, *arguments: object) -> None:
            name(files, *arguments)  # type: ignore[arg-type]
            loop.call_soon_threadsafe(named.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)

        monkeypatch.setattr(OutputFiles, "name", slow)
        uploading = asyncio.create_task(upload(application, other, b"abc"))
        await named.wait()
        deleted = await delete(application, session)
        # On a thread of its own, as the files' thread is busy: the row is looked at before the file is touched.
        purged = asyncio.create_task(application.deletion.gone(deleted, lambda _: None))
        go_on.set()
        assert await uploading == output_id
        assert await purged
        content = await application.outputs.read(LOCAL, session_id=other.id, output_id=output_id)
        assert content.data == b"abc"


@pytest.mark.parametrize("step", ["digest", "name"])
@asynchronous
async def test_an_upload_to_a_session_that_is_deleted_meanwhile_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async with open_application(tmp_path) as application:
        await application.deletion.purging.close()
        session = await new_session(application)
        loop, real = asyncio.get_running_loop(), getattr(OutputFiles, step)

        def deleting(*arguments: object) -> object:
            answer = real(*arguments)
            asyncio.run_coroutine_threadsafe(delete(application, session), loop).result(10)
            return answer

        monkeypatch.setattr(OutputFiles, step, deleting)
        with pytest.raises(SessionNotFoundError):
            await upload(application, session, b"abc")
        assert (await counts(application))["outputs"] == 0
        assert {name for name in files_of(tmp_path) if "-" not in name} == set()
