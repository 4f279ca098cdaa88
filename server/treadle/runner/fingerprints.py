"""The content of files and folders as one hash each: what a step needs to know without reading them."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from treadle.runner.confinement import OutsideProjectError, inside

LEFT_OUT = frozenset({"__pycache__", "node_modules"})
"""Below a folder, with whatever is hidden: what running tests leaves behind is not content."""


def fingerprints(root: Path, paths: Iterable[str]) -> dict[str, str | None]:
    """SHA-256 by path; None where there is nothing, or nothing inside the project."""
    return {path: _fingerprint(root, path) for path in paths}


def _fingerprint(root: Path, path: str) -> str | None:
    try:
        place = inside(root, path)
        if place.is_file():
            return _digest(place)
        if not place.is_dir():
            return None
        whole = hashlib.sha256()
        for file in _files(place):
            whole.update(f"{file.relative_to(place).as_posix()}\0{_content(file)}\n".encode())
        return whole.hexdigest()
    except (OSError, OutsideProjectError):
        return None


def _files(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name in LEFT_OUT or entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files(entry)
        elif entry.is_file() or entry.is_symlink():
            yield entry


def _content(file: Path) -> str:
    """A link is where it points to: what is there may lie outside the project."""
    return f"→ {file.readlink()}" if file.is_symlink() else _digest(file)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
