import errno
import gc
import hashlib
import os
import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from treadle.domain.errors import StorageUnavailableError, UploadConflictError
from treadle.storage.output_files import MAX_OUTPUT_BYTES, OutputFiles, Upload

U, V = Upload(1, "u"), Upload(1, "v")


def finish(files: OutputFiles, upload: Upload, size: int) -> str:
    sha256 = files.digest(upload, size)
    files.name(upload, sha256)
    return sha256


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """As on a full disk: a part of what is written fits, the rest is an error."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_no_half_piece(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    assert files.append(U, 0, b"a" * 1_000) == 1_000
    with files_no_larger_than(50_000), pytest.raises(StorageUnavailableError, match="could not be stored"):
        files.append(U, 1_000, b"b" * 100_000)
    (upload,) = (tmp_path / "outputs" / "uploads").iterdir()
    assert upload.stat().st_size == 1_000
    assert files.append(U, 1_000, b"b" * 100_000) == 101_000
    whole = b"a" * 1_000 + b"b" * 100_000
    assert finish(files, U, len(whole)) == hashlib.sha256(whole).hexdigest()


def test_an_upload_that_is_gone_cannot_be_finished(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError):
        OutputFiles(tmp_path / "outputs").digest(U, 0)


@pytest.mark.requirement("output.by-content")
def test_the_same_bytes_are_one_file(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    for upload in (U, V):
        files.append(upload, 0, b"abc")
    assert finish(files, U, 3) == finish(files, V, 3)
    found = [path for path in (tmp_path / "outputs").rglob("*") if path.is_file()]
    assert len({path.stat().st_ino for path in found}) == 1
    assert hashlib.sha256(b"abc").hexdigest() in {path.name for path in found}


def test_a_whole_upload_takes_no_more_and_changes_no_output(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    files.append(U, 0, b"abc")
    stored = finish(files, U, 3)
    with pytest.raises(UploadConflictError):
        files.append(U, 3, b"d")
    assert files.append(U, 1, b"bc") == 3
    assert finish(files, U, 3) == stored
    assert files.read(stored, 0, 9) == b"abc"


def test_an_output_outlives_its_upload(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    files.append(U, 0, b"abc")
    stored = finish(files, U, 3)
    files.discard_uploads(older_than=2e10)
    assert list((tmp_path / "outputs" / "uploads").iterdir()) == []
    assert files.read(stored, 0, 9) == b"abc"


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EMLINK])
@pytest.mark.parametrize("is_there", [False, True])
def test_a_disk_without_hard_links_keeps_outputs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, is_there: bool
) -> None:
    def refuse(target: Path, other: Path) -> None:
        raise FileExistsError if target.exists() else OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    files = OutputFiles(tmp_path / "outputs")
    for upload in (U, V) if is_there else (U,):
        files.append(upload, 0, b"abc")
        stored = finish(files, upload, 3)
        assert files.read(stored, 0, 9) == b"abc"
    assert list((tmp_path / "outputs" / "uploads").iterdir()) == []


def test_another_error_of_the_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(target: Path, other: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    files = OutputFiles(tmp_path / "outputs")
    files.append(U, 0, b"abc")
    with pytest.raises(StorageUnavailableError, match=os.strerror(errno.EIO)):
        finish(files, U, 3)


def test_removing_an_output_takes_its_file_and_no_other(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    for upload, data in ((U, b"abc"), (V, b"def")):
        files.append(upload, 0, data)
    gone, kept = finish(files, U, 3), finish(files, V, 3)
    files.remove([gone, gone, "0" * 64])
    assert files.read(gone, 0, 9) is None
    assert files.read(kept, 0, 9) == b"def"


def test_the_same_content_comes_again_after_its_file_was_removed(tmp_path: Path) -> None:
    """The client's last piece, repeated because the daemon was killed before it answered."""
    files = OutputFiles(tmp_path / "outputs")
    files.append(U, 0, b"abc")
    stored = finish(files, U, 3)
    files.remove([stored])
    assert files.append(U, 0, b"abc") == 3
    assert finish(files, U, 3) == stored
    assert files.read(stored, 0, 9) == b"abc"


def test_a_deleted_sessions_uploads_are_removed_and_no_others(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    for session_id in (1, 11):
        files.append(Upload(session_id, "u"), 0, b"abc")
    stored = finish(files, U, 3)
    files.discard_uploads_of(1)
    (left,) = (tmp_path / "outputs" / "uploads").iterdir()
    assert left.name == Upload(11, "u").file_name
    assert files.read(stored, 0, 9) == b"abc"


def test_no_pattern_is_kept_for_each_session_that_is_deleted(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    files.append(U, 0, b"abc")
    files.discard_uploads_of(1)
    before = kept_patterns()
    for session_id in range(10_000, 10_050):
        files.discard_uploads_of(session_id)
    assert kept_patterns() <= before


def kept_patterns() -> int:
    gc.collect()
    return sum(type(each) is re.Pattern for each in gc.get_objects())


def test_old_outputs_are_found_by_the_time_of_their_last_byte(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    assert files.older_than(2e10) == []
    files.append(U, 0, b"abc")
    stored = finish(files, U, 3)
    (tmp_path / "outputs" / "ab").mkdir()
    (tmp_path / "outputs" / "ab" / "not an output").touch()
    assert files.older_than(2e10) == [stored]
    assert files.older_than(0) == []


def test_a_file_that_cannot_be_read_or_removed_is_said(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    files.append(U, 0, b"abc")
    stored = finish(files, U, 3)
    path = tmp_path / "outputs" / stored[:2] / stored
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageUnavailableError, match="could not be read"):
        files.read(stored, 0, 9)
    with pytest.raises(StorageUnavailableError, match="could not be removed"):
        files.remove([stored])


def test_an_upload_that_is_too_large_and_cannot_be_removed_is_said(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    files.append(U, 0, b"abc")
    (upload,) = (tmp_path / "outputs" / "uploads").iterdir()
    upload.unlink()
    upload.mkdir()
    with pytest.raises(StorageUnavailableError):
        files.append(U, MAX_OUTPUT_BYTES, b"d")
