"""Outputs: pieces in order, kept by their SHA-256, seen by their session's people only."""

import asyncio
import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from tests.factories import STRANGER, add_strangers, asynchronous, new_session, open_application
from treadle.domain.errors import (
    OutputNotFoundError,
    SessionNotFoundError,
    StorageUnavailableError,
    TooLargeError,
    UploadConflictError,
)
from treadle.domain.scope import LOCAL
from treadle.domain.session import Session
from treadle.service import outputs
from treadle.service.application import Application
from treadle.service.outputs import OutputPiece
from treadle.storage import output_files


async def write(
    application: Application, session: Session, data: bytes, *, offset: int = 0, last: bool = True, upload: str = "u"
) -> OutputPiece:
    return await application.outputs.write(
        LOCAL, session_id=session.id, upload_id=upload, offset=offset, data=data, last=last
    )


async def read(application: Application, session: Session, output_id: str | None, **fields: Any) -> bytes:
    assert output_id is not None
    content = await application.outputs.read(LOCAL, session_id=session.id, output_id=output_id, **fields)
    return content.data


@pytest.mark.requirement("output.by-content", "output.in-pieces")
@asynchronous
async def test_pieces_become_one_output(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        assert await write(application, session, b"abc", last=False) == OutputPiece(size=3, output_id=None)
        piece = await write(application, session, b"defg", offset=3)
        assert piece == OutputPiece(size=7, output_id=hashlib.sha256(b"abcdefg").hexdigest())
        assert await read(application, session, piece.output_id) == b"abcdefg"


@pytest.mark.requirement("output.in-pieces")
@asynchronous
async def test_an_output_is_read_in_pieces(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        piece = await write(application, session, bytes(range(10)))
        assert piece.output_id is not None
        found, offset = b"", 0
        for _ in range(4):
            content = await application.outputs.read(
                LOCAL, session_id=session.id, output_id=piece.output_id, offset=offset, limit=3
            )
            found += content.data
            assert content.size == 10
            offset = content.next_offset or -1
        assert (found, offset) == (bytes(range(10)), -1)
        assert await read(application, session, piece.output_id, offset=99) == b""


@asynchronous
async def test_an_empty_output_is_one(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        piece = await write(application, session, b"")
        assert await read(application, session, piece.output_id) == b""


@asynchronous
async def test_a_repeated_piece_changes_nothing(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
        assert (await write(application, session, b"abc", last=False)).size == 3
        first = await write(application, session, b"def", offset=3)
        assert await write(application, session, b"def", offset=3) == first
        assert await write(application, session, b"abcdef", upload="again") == first


@pytest.mark.parametrize(("data", "offset"), [(b"abcdef", 0), (b"def", 3)])
@asynchronous
async def test_a_repeat_after_the_daemon_was_killed_gives_the_same_output(
    tmp_path: Path, data: bytes, offset: int
) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
        first = await write(application, session, b"def", offset=3)
    async with open_application(tmp_path) as application:
        assert await write(application, session, data, offset=offset) == first
        assert await read(application, session, first.output_id) == b"abcdef"


@asynchronous
async def test_repeats_at_the_same_time_give_the_same_output(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
        pieces = await asyncio.gather(*(write(application, session, b"def", offset=3) for _ in range(8)))
        assert set(pieces) == {OutputPiece(size=6, output_id=hashlib.sha256(b"abcdef").hexdigest())}


@pytest.mark.parametrize(("data", "offset"), [(b"deX", 3), (b"abcdeX", 0), (b"g", 6), (b"abc", 0), (b"", 3)])
@asynchronous
async def test_a_repeat_that_says_something_else_is_refused(tmp_path: Path, data: bytes, offset: int) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
        first = await write(application, session, b"def", offset=3)
        with pytest.raises(UploadConflictError):
            await write(application, session, data, offset=offset)
        assert await read(application, session, first.output_id) == b"abcdef"


@asynchronous
async def test_forgotten_uploads_are_discarded_while_the_daemon_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "TIDY_SECONDS", 0.01)
    loop, looked = asyncio.get_running_loop(), asyncio.Event()
    discard = output_files.OutputFiles.discard_uploads

    def watched(files: output_files.OutputFiles, older_than: float) -> None:
        discard(files, older_than)
        loop.call_soon_threadsafe(looked.set)

    monkeypatch.setattr(output_files.OutputFiles, "discard_uploads", watched)
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
        (upload,) = (tmp_path / "outputs" / "uploads").iterdir()
        os.utime(upload, (0, 0))
        for _ in range(2):  # the first look may have begun before
            looked.clear()
            await looked.wait()
    assert not upload.exists()


@pytest.mark.parametrize("error", [OSError("the disk is away"), MemoryError("the disk is away")])
@asynchronous
async def test_an_error_does_not_end_the_looks_for_forgotten_uploads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    monkeypatch.setattr(outputs, "TIDY_SECONDS", 0.01)
    loop, again = asyncio.get_running_loop(), asyncio.Event()
    looks: list[float] = []

    def discard(_: output_files.OutputFiles, older_than: float) -> None:
        looks.append(older_than)
        if len(looks) == 2:  # the first is at the start
            raise error
        if len(looks) > 2:
            loop.call_soon_threadsafe(again.set)

    monkeypatch.setattr(output_files.OutputFiles, "discard_uploads", discard)
    async with open_application(tmp_path), asyncio.timeout(10):
        await again.wait()
    assert "the disk is away" in caplog.text


@pytest.mark.parametrize(("data", "offset"), [(b"abX", 0), (b"x", 4), (b"cd", 2), (b"abcd", 0)])
@asynchronous
async def test_a_piece_that_does_not_fit_is_refused(tmp_path: Path, data: bytes, offset: int) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
        with pytest.raises(UploadConflictError) as refusal:
            await write(application, session, data, offset=offset)
        assert refusal.value.details["size"] == 3
        assert (await write(application, session, b"d", offset=3)).size == 4


@asynchronous
async def test_an_upload_goes_on_after_a_restart(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
    async with open_application(tmp_path) as application:
        piece = await write(application, session, b"def", offset=3)
        assert await read(application, session, piece.output_id) == b"abcdef"


@asynchronous
async def test_an_upload_that_nobody_goes_on_with_is_discarded(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
        await write(application, session, b"abc", last=False, upload="other")
    old, young = sorted((tmp_path / "outputs" / "uploads").iterdir())
    os.utime(old, (0, 0))
    os.utime(young, (2e9, 2e9))
    async with open_application(tmp_path):
        assert list((tmp_path / "outputs" / "uploads").iterdir()) == [young]


@asynchronous
async def test_an_upload_belongs_to_its_session(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        one, two = await new_session(application), await new_session(application)
        await write(application, one, b"abc", last=False)
        assert (await write(application, two, b"xy", last=False)).size == 2


@asynchronous
async def test_too_large_is_refused_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_files, "MAX_OUTPUT_BYTES", 5)
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        await write(application, session, b"abc", last=False)
        with pytest.raises(TooLargeError):
            await write(application, session, b"def", offset=3)
        assert list((tmp_path / "outputs" / "uploads").iterdir()) == []
        assert (await write(application, session, b"abcde")).size == 5


@pytest.mark.requirement("output.of-its-session")
@asynchronous
async def test_an_output_is_its_sessions_only(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        await add_strangers(application.database)
        one, two = await new_session(application), await new_session(application)
        piece = await write(application, one, b"abc")
        assert piece.output_id is not None
        with pytest.raises(OutputNotFoundError):
            await read(application, two, piece.output_id)
        with pytest.raises(OutputNotFoundError):
            await read(application, one, "../../treadle.db")
        wanted: dict[str, Any] = {"session_id": one.id, "output_id": piece.output_id}
        with pytest.raises(SessionNotFoundError):
            await application.outputs.read(STRANGER, **wanted)
        with pytest.raises(SessionNotFoundError):
            await application.outputs.write(STRANGER, session_id=one.id, upload_id="u", offset=0, data=b"", last=True)
        await write(application, two, b"abc", upload="v")
        assert await read(application, two, piece.output_id) == b"abc"


@pytest.mark.requirement("trust.private-files")
@asynchronous
async def test_files_are_their_owners_only(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data") as application:
        session = await new_session(application)
        await write(application, session, b"abc")
        await write(application, session, b"x", last=False, upload="v")
        for path in (tmp_path / "data" / "outputs").rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@asynchronous
async def test_a_file_that_is_gone_is_no_output(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        piece = await write(application, session, b"abc")
        assert piece.output_id is not None
        (tmp_path / "outputs" / piece.output_id[:2] / piece.output_id).unlink()
        with pytest.raises(OutputNotFoundError):
            await read(application, session, piece.output_id)


@asynchronous
async def test_a_folder_that_cannot_be_written_is_an_answer(tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("in the way")
    async with open_application(tmp_path) as application:
        session = await new_session(application)
        with pytest.raises(StorageUnavailableError, match="could not be stored"):
            await write(application, session, b"abc")
