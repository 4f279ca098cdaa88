"""Reads a project's `.treadle/` folder, the only thing of a project that the daemon reads."""

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from treadle.domain.errors import InvalidValueError, ProjectInvalidError
from treadle.service.project_texts import PERMISSIONS

FOLDER = ".treadle"
SETTINGS_NAME = "project.yaml"
MAX_FILES = 1_000
MAX_DEPTH = 20
MAX_BYTES = 16 * 1024 * 1024


def require_root(root: str) -> Path:
    """The folder, by the one path that it has but for links on the way.

    :raises InvalidValueError: no absolute path of a folder
    """
    path = Path(root)
    if "\0" in root or not path.is_absolute() or ".." in path.parts:
        raise _no_root(f"The project's root must be an absolute path without .., not {root!r:.200}.")
    try:
        is_folder = stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        is_folder = False
    except OSError as error:
        raise _no_root(f"The folder {root:.200} cannot be read: {error.strerror}.") from error
    if not is_folder:
        raise _no_root(f"There is no folder {root:.200}.")
    return path


def _no_root(message: str) -> InvalidValueError:
    return InvalidValueError(message, field="root")


def read(root: Path, *, only: frozenset[str] | None = None) -> dict[str, bytes]:
    """Every file under `.treadle/`, by its path in there.

    `only`: nothing but these directly in it: files, and folders without the folders in them.
    No link is followed: what it leads to is not what a person looked at and trusted. Only ordinary files are read.
    :raises ProjectInvalidError: too much, not readable, the folder itself, the settings or the permissions are a
        link, or one of the two files is none
    """
    files: dict[str, bytes] = {}
    folder, left = root / FOLDER, MAX_BYTES
    whole = (folder / SETTINGS_NAME, folder / PERMISSIONS)
    try:
        for place in (folder, *whole):
            if place.is_symlink():
                raise ProjectInvalidError(f"{place} is a link; Treadle reads no links there.", path=str(place))
            if place in whole and place.exists() and not place.is_file():
                # As if it were not there, it would take away every component, or what is denied.
                raise ProjectInvalidError(f"{place} is no ordinary file.", path=str(place))
        for path, descriptor in _files(folder, only) if folder.is_dir() else ():
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


def _files(folder: Path, only: frozenset[str] | None) -> Iterator[tuple[str, int]]:
    """The ordinary files and their descriptors, each folder reached through the open one around it."""
    for current, folders, names, descriptor in os.fwalk(folder):
        place = Path(current).relative_to(folder)
        wanted: Iterable[str] = names
        if only is not None and place.parts:
            folders.clear()
        elif only is not None:
            folders[:], wanted = only & set(folders), only & set(names)
        if len(place.parts) > MAX_DEPTH:
            raise ProjectInvalidError(f"The folder {folder} is nested too deeply.", path=str(folder))
        folders.sort()
        for name in sorted(wanted):
            if stat.S_ISREG(os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode):
                yield (place / name).as_posix(), _opened(name, descriptor)


def _opened(name: str, folder: int) -> int:
    """What was an ordinary file a moment ago may have been replaced by anything."""
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "No ordinary file", name)
    return descriptor
