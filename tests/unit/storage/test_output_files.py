import errno
import hashlib
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from treadle.domain.errors import StorageUnavailableError, UploadConflictError
from treadle.storage.output_files import OutputFiles, Stored


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
    assert files.append("u", 0, b"a" * 1_000) == 1_000
    with files_no_larger_than(50_000), pytest.raises(StorageUnavailableError, match="could not be stored"):
        files.append("u", 1_000, b"b" * 100_000)
    (upload,) = (tmp_path / "outputs" / "uploads").iterdir()
    assert upload.stat().st_size == 1_000
    assert files.append("u", 1_000, b"b" * 100_000) == 101_000
    whole = b"a" * 1_000 + b"b" * 100_000
    assert files.finish("u", len(whole)) == Stored(hashlib.sha256(whole).hexdigest(), len(whole))


def test_an_upload_that_is_gone_cannot_be_finished(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailableError):
        OutputFiles(tmp_path / "outputs").finish("u", 0)


@pytest.mark.requirement("output.by-content")
def test_the_same_bytes_are_one_file(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    for upload in ("u", "v"):
        files.append(upload, 0, b"abc")
    assert files.finish("u", 3) == files.finish("v", 3)
    found = [path for path in (tmp_path / "outputs").rglob("*") if path.is_file()]
    assert len({path.stat().st_ino for path in found}) == 1
    assert hashlib.sha256(b"abc").hexdigest() in {path.name for path in found}


def test_a_whole_upload_takes_no_more_and_changes_no_output(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    files.append("u", 0, b"abc")
    stored = files.finish("u", 3)
    with pytest.raises(UploadConflictError):
        files.append("u", 3, b"d")
    assert files.append("u", 1, b"bc") == 3
    assert files.finish("u", 3) == stored
    assert files.read(stored.sha256, 0, 9) == b"abc"


def test_an_output_outlives_its_upload(tmp_path: Path) -> None:
    files = OutputFiles(tmp_path / "outputs")
    files.append("u", 0, b"abc")
    stored = files.finish("u", 3)
    files.discard_uploads(older_than=2e10)
    assert list((tmp_path / "outputs" / "uploads").iterdir()) == []
    assert files.read(stored.sha256, 0, 9) == b"abc"


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.EMLINK])
@pytest.mark.parametrize("is_there", [False, True])
def test_a_disk_without_hard_links_keeps_outputs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, is_there: bool
) -> None:
    def refuse(target: Path, other: Path) -> None:
        raise FileExistsError if target.exists() else OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    files = OutputFiles(tmp_path / "outputs")
    for upload in ("u", "v") if is_there else ("u",):
        files.append(upload, 0, b"abc")
        stored = files.finish(upload, 3)
        assert files.read(stored.sha256, 0, 9) == b"abc"
    assert list((tmp_path / "outputs" / "uploads").iterdir()) == []


def test_another_error_of_the_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(target: Path, other: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    files = OutputFiles(tmp_path / "outputs")
    files.append("u", 0, b"abc")
    with pytest.raises(StorageUnavailableError, match=os.strerror(errno.EIO)):
        files.finish("u", 3)
