"""Reads a project's `.treadle/` folder, the only thing of a project that the daemon reads."""

import os
from pathlib import Path

from treadle.domain.errors import InvalidValueError, ProjectInvalidError

FOLDER = ".treadle"
SETTINGS_NAME = "project.yaml"
MAX_FILES = 1_000
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

    Linked folders are not entered, and only ordinary files are read.
    :raises ProjectInvalidError: too much, or not readable
    """
    files: dict[str, bytes] = {}
    left = MAX_BYTES
    try:
        for path in _paths(root / FOLDER):
            with path.open("rb") as file:
                content = file.read(left + 1)
            left -= len(content)
            if left < 0 or len(files) == MAX_FILES:
                raise ProjectInvalidError(
                    f"The folder {root / FOLDER} holds more than {MAX_FILES} files or {MAX_BYTES} bytes.",
                    path=str(root / FOLDER),
                )
            files[path.relative_to(root / FOLDER).as_posix()] = content
    except OSError as error:
        raise ProjectInvalidError(
            f"{error.filename} cannot be read: {error.strerror}.", path=str(error.filename)
        ) from error
    return files


def _paths(folder: Path) -> list[Path]:
    found = []
    for current, folders, names in os.walk(folder):
        folders.sort()
        found += [path for name in sorted(names) if (path := Path(current) / name).is_file()]
        if len(found) > MAX_FILES:
            break
    return found
