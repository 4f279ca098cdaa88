"""Paths that a command names, kept inside the project."""

from pathlib import Path


class OutsideProjectError(Exception):
    """The path leads out of the project."""

    def __init__(self, path: str) -> None:
        super().__init__(f"The path {path} leads out of the project.")


def inside(root: Path, path: str) -> Path:
    """The real place of a path that is relative to the project's root.

    :raises OutsideProjectError: by `..`, an absolute path or a symbolic link
    """
    try:
        real = (root / path).resolve()
        is_inside = real.is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError) as error:
        raise OutsideProjectError(path) from error
    if not is_inside:
        raise OutsideProjectError(path)
    return real
