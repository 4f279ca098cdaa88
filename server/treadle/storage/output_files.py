"""The bytes of outputs: files named by their SHA-256. An upload is a file of its own until its last piece."""

import hashlib
import os
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from treadle.domain.errors import StorageUnavailableError, TooLargeError, UploadConflictError
from treadle.storage.connections import FILE_MODE, FOLDER_MODE

MAX_OUTPUT_BYTES = 256 * 1024 * 1024
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class OutputFiles:
    """Not for more than one thread at a time."""

    folder: Path

    def append(self, upload: str, offset: int, data: bytes) -> int:
        """Add a piece to an upload; a piece that came before is only compared. Answers the size so far.

        :raises UploadConflictError: the piece neither continues the upload nor repeats a part of it
        :raises TooLargeError: the upload is given up
        :raises StorageUnavailableError:
        """
        path = self._upload_path(upload)
        if offset + len(data) > MAX_OUTPUT_BYTES:
            path.unlink(missing_ok=True)
            raise TooLargeError(f"An output has at most {MAX_OUTPUT_BYTES} bytes.", limit=MAX_OUTPUT_BYTES)
        try:
            return _append(path, offset, data)
        except OSError as error:
            raise _unavailable(path, error) from error

    def finish(self, upload: str) -> Stored:
        """Make an upload an output. The file is on disk under its final name before this returns.

        :raises StorageUnavailableError:
        """
        path = self._upload_path(upload)
        try:
            sha256 = _digest(path)
            size = path.stat().st_size
            target = self._output_path(sha256)
            if target.exists():
                path.unlink()
            else:
                _move(path, target)
        except OSError as error:
            raise _unavailable(path, error) from error
        return Stored(sha256, size)

    def read(self, sha256: str, offset: int, limit: int) -> bytes | None:
        """None when the file is gone."""
        try:
            with self._output_path(sha256).open("rb") as file:
                file.seek(offset)
                return file.read(limit)
        except FileNotFoundError:
            return None

    def discard_uploads(self, older_than: float) -> None:
        """Uploads that nobody went on with: files last written before this time (seconds since the epoch)."""
        for path in self._uploads.glob("*"):
            if path.stat().st_mtime < older_than:
                path.unlink(missing_ok=True)

    @property
    def _uploads(self) -> Path:
        return self.folder / "uploads"

    def _upload_path(self, upload: str) -> Path:
        return self._uploads / hashlib.sha256(upload.encode()).hexdigest()

    def _output_path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256


def _make_folder(folder: Path) -> None:
    folder.parent.mkdir(mode=FOLDER_MODE, exist_ok=True)
    folder.mkdir(mode=FOLDER_MODE, exist_ok=True)


def _append(path: Path, offset: int, data: bytes) -> int:
    _make_folder(path.parent)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
    with os.fdopen(descriptor, "r+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if offset == size:
            try:
                _write_whole(file, data)
            except OSError:
                file.truncate(size)
                raise
            return size + len(data)
        file.seek(offset)
        if offset > size or file.read(len(data)) != data:
            raise UploadConflictError(
                f"The upload has {size} bytes; a piece at {offset} does not continue it.", size=size, offset=offset
            )
        return size


def _write_whole(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        os.fsync(file.fileno())
    return digest.hexdigest()


def _move(path: Path, target: Path) -> None:
    _make_folder(target.parent)
    path.replace(target)
    for folder in (target.parent, target.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unavailable(path: Path, error: OSError) -> StorageUnavailableError:
    return StorageUnavailableError(f"The output could not be stored: {error.strerror}.", path=str(path))
