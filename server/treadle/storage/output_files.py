"""The bytes of outputs: files named by their SHA-256.

An upload is a file of its own. Once it is whole it is the output's file under a second name, which stays for a
while: a client that asks again, because the daemon was killed before it answered, gets the same answer.

An output's file has its name before the database knows the output, and goes before its row goes. So there is no row
that a session refers to without its file, whenever the daemon is killed; a file without a row may be left, and a
look at the old files finds it.
"""

import errno
import hashlib
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from treadle.domain.errors import StorageUnavailableError, TooLargeError, UploadConflictError
from treadle.storage.connections import FILE_MODE, FOLDER_MODE
from treadle.storage.copied_files import Copy, copied

MAX_OUTPUT_BYTES = 256 * 1024 * 1024
_BLOCK = 1024 * 1024
_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""The file system has none, or no more of this file."""


_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """The client's id of it is its session's."""

    session_id: int
    id: str

    @property
    def file_name(self) -> str:
        return f"{self.session_id}-{hashlib.sha256(self.id.encode()).hexdigest()}"


@dataclass(frozen=True, slots=True)
class OutputFiles:
    """Not for more than one thread at a time."""

    folder: Path

    def append(self, upload: Upload, offset: int, data: bytes) -> int:
        """Add a piece to an upload; a piece that came before is only compared. Answers the size so far.

        :raises UploadConflictError: the piece neither continues the upload nor repeats a part of it
        :raises TooLargeError: the upload is given up
        :raises StorageUnavailableError:
        """
        path = self._upload_path(upload)
        try:
            if offset + len(data) > MAX_OUTPUT_BYTES:
                path.unlink(missing_ok=True)
                raise TooLargeError(f"An output has at most {MAX_OUTPUT_BYTES} bytes.", limit=MAX_OUTPUT_BYTES)
            return _append(path, offset, data)
        except OSError as error:
            raise _unavailable(path, error) from error

    def digest(self, upload: Upload, size: int) -> str:
        """The SHA-256 of an upload of this size, which is on disk then.

        :raises UploadConflictError: the upload has more bytes
        :raises StorageUnavailableError:
        """
        path = self._upload_path(upload)
        try:
            found = path.stat()
            if found.st_size != size:
                raise UploadConflictError(
                    f"The upload has {found.st_size} bytes; a piece that ends at {size} is not its last one.",
                    size=found.st_size,
                    offset=size,
                )
            return _digest(path)
        except OSError as error:
            raise _unavailable(path, error) from error

    def rewrite(self, upload: Upload, copy: Copy) -> int | None:
        """Put in the upload's place what `copy` makes of it; its size then, or None when that is the same. Its pieces
        cannot be repeated any more: whoever does is told to begin anew.

        :raises StorageUnavailableError:
        """
        path = self._upload_path(upload)
        new = path.with_suffix(".new")
        try:
            if not copied(path, new, copy):
                return None
            new.replace(path)
            return path.stat().st_size
        except OSError as error:
            raise _unavailable(path, error) from error

    def look(self, sha256: str, copy: Copy) -> object:
        """What `copy` answers when nothing is kept; None when the file is gone.

        :raises StorageUnavailableError:
        """
        path = self._output_path(sha256)
        try:
            with path.open("rb") as source, Path(os.devnull).open("wb") as nothing:
                return copy(source, nothing)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unavailable(path, error, "read") from error

    def rewritten(self, sha256: str, upload: Upload, copy: Copy) -> int:
        """An upload of what `copy` makes of an output; its size.

        :raises StorageUnavailableError:
        """
        path, new = self._output_path(sha256), self._upload_path(upload)
        try:
            _make_folder(new.parent)
            new.unlink(missing_ok=True)
            copied(path, new, copy)
            return new.stat().st_size
        except OSError as error:
            raise _unavailable(path, error) from error

    def name(self, upload: Upload, sha256: str) -> None:
        """Make an upload with this digest an output, however often. It is on disk under its final name on return.

        :raises StorageUnavailableError:
        """
        path = self._upload_path(upload)
        try:
            _name(path, self._output_path(sha256))
        except OSError as error:
            raise _unavailable(path, error) from error

    def read(self, sha256: str, offset: int, limit: int) -> bytes | None:
        """None when the file is gone.

        :raises StorageUnavailableError:
        """
        path = self._output_path(sha256)
        try:
            with path.open("rb") as file:
                file.seek(offset)
                return file.read(limit)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _unavailable(path, error, "read") from error

    def remove(self, sha256s: Iterable[str]) -> None:
        """:raises StorageUnavailableError:"""
        for sha256 in sha256s:
            path = self._output_path(sha256)
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise _unavailable(path, error, "removed") from error

    def older_than(self, moment: float) -> list[str]:
        """The outputs whose files were written before this time (seconds since the epoch)."""
        found: list[str] = []
        for path in self.folder.glob("??/*"):
            with suppress(OSError):
                if _SHA256.fullmatch(path.name) and path.stat().st_mtime < moment:
                    found.append(path.name)
        return found

    def discard_uploads_of(self, session_id: int) -> None:
        # Not by a pattern for each session: Python keeps tens of thousands of them compiled.
        for path in self._uploads.glob("*"):
            with suppress(OSError):
                if path.name.startswith(f"{session_id}-"):
                    path.unlink()

    def discard_uploads_of_output(self, session_id: int, sha256: str) -> None:
        """The second names that the file has as an upload of this session."""
        for path in self._uploads.glob("*"):
            with suppress(OSError):
                if path.name.startswith(f"{session_id}-") and path.samefile(self._output_path(sha256)):
                    path.unlink()

    def discard_uploads(self, older_than: float) -> None:
        """Uploads that nobody went on with: files last written before this time (seconds since the epoch)."""
        for path in self._uploads.glob("*"):
            with suppress(OSError):
                if path.stat().st_mtime < older_than:
                    path.unlink()

    @property
    def _uploads(self) -> Path:
        return self.folder / "uploads"

    def _upload_path(self, upload: Upload) -> Path:
        return self._uploads / upload.file_name

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
        is_whole = os.fstat(descriptor).st_nlink > 1
        if offset == size and not is_whole:
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


def _name(path: Path, target: Path) -> None:
    """Give the upload's file its final name; equal bytes that are there already take the upload's place.

    Where there are no hard links the upload is gone then: its last piece can be repeated only if it was the first.
    """
    _make_folder(target.parent)
    try:
        _link(path, target)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        path.replace(target)
    for folder in (target.parent, target.parent.parent):
        _sync_folder(folder)


def _link(path: Path, target: Path) -> None:
    try:
        target.hardlink_to(path)
    except FileExistsError:
        if target.samefile(path):
            return
        spare = path.with_suffix(".spare")
        spare.unlink(missing_ok=True)
        spare.hardlink_to(target)
        os.utime(spare)
        spare.replace(path)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unavailable(path: Path, error: OSError, what: str = "stored") -> StorageUnavailableError:
    return StorageUnavailableError(f"The output could not be {what}: {error.strerror}.", path=str(path))
