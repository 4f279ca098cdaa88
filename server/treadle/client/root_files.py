"""Reading the files in a project's root, which may be anything."""

from pathlib import Path

MAX_BYTES = 1024 * 1024


def text_of(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """Empty when there is no such file, it is too large or it cannot be read."""
    try:
        if not path.is_file() or path.stat().st_size > max_bytes:
            return ""
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def names_in(folder: Path) -> list[str]:
    """Sorted; empty when there is no such folder."""
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []
