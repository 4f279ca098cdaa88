"""Reads a project's `.treadle/` folder, the only thing of a project that the daemon reads."""

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from treadle.domain.errors import InvalidValueError, ProjectInvalidError

FOLDER = ".treadle"
SETTINGS_NAME = "project.yaml"
MAX_FILES = 1_000
MAX_DEPTH = 20
MAX_BYTES = 16 * 1024 * 1024


def require_root(root: str) -> Path:
    """:raises InvalidValueError: no absolute path of a folder"""
    path = Path(root)
    if "\0" in root or not path.is_absolute():
        raise InvalidValueError(f"The project's root must be an absolute path, not {root!r}.", field="root")
    if not path.is_dir():
        raise InvalidValueError(f"There is no folder {root}.", field="root")
    return path


def read(root: Path) -> dict[str, bytes]:
    """Every file under `.treadle/`, by its path in there.

    No link is followed: what it leads to is not what a person looked at and trusted. Only ordinary files are read.
    :raises ProjectInvalidError: too much, not readable, or the folder itself or the settings file is a link
    """
    files: dict[str, bytes] = {}
    folder, left = root / FOLDER, MAX_BYTES
    try:
        for place in (folder, folder / SETTINGS_NAME):
            if place.is_symlink():
                raise ProjectInvalidError(f"{place} is a link; Treadle reads no links there.", path=str(place))
        for path, descriptor in _files(folder) if folder.is_dir() else ():
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(left + 1)
            left -= len(content)
            if left < 0 or len(files) == MAX_FILES:
                raise ProjectInvalidError(
                    f"The folder {folder} holds more than {MAX_FILES} files or {MAX_BYTES} bytes.", path=str(folder)
                )
            files[path] = content
    except OSError as error:
        named = error.filename or folder
        raise ProjectInvalidError(f"{named} cannot be read: {error.strerror}.", path=str(named)) from error
    return files


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """The ordinary files and their descriptors, each folder reached through the open one around it."""
    for current, folders, names, descriptor in os.fwalk(folder):
        place = Path(current).relative_to(folder)
        if len(place.parts) > MAX_DEPTH:
            raise ProjectInvalidError(f"The folder {folder} is nested too deeply.", path=str(folder))
        folders.sort()
        for name in sorted(names):
            if stat.S_ISREG(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
                yield (place / name).as_posix(), _opened(name, descriptor)


def _opened(name: str, folder: int) -> int:
    """What was an ordinary file a moment ago may have been replaced by anything."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "No ordinary file", name)
    return descriptor
