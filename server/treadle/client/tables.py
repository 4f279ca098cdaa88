"""Plain columns and safe text for terminals, without a library, so that listings are quick."""

import os
import sys
from collections.abc import Sequence

GAP = "  "
USUAL_COLUMNS = 80


def printable(text: str) -> str:
    """Without control characters: what an agent or a test wrote must not steer the person's terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, width: int | None = None) -> str:
    """Aligned columns; a number column to the right; the last column is cut at `width`."""
    cells = [[printable("" if cell is None else str(cell)) for cell in row] for row in rows]
    widths = [max(len(line[column]) for line in [list(headings), *cells]) for column in range(len(headings))]
    numeric = [
        bool(rows) and all(isinstance(row[column], int | float) or row[column] is None for row in rows)
        for column in range(len(headings))
    ]
    lines = []
    for line in [list(headings), *cells]:
        padded = [
            text.rjust(size) if number else text.ljust(size)
            for text, size, number in zip(line, widths, numeric, strict=True)
        ]
        lines.append(_cut(GAP.join(padded).rstrip(), width))
    return "\n".join(lines)


def terminal_width() -> int | None:
    """None when the output goes to a file or a pipe: then nothing is cut."""
    return columns() if sys.stdout.isatty() else None


def columns() -> int:
    """As shutil finds them, which would bring the compressors of archives."""
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told) > 0:
        return int(told)
    try:
        return os.get_terminal_size().columns or USUAL_COLUMNS
    except (ValueError, OSError):
        return USUAL_COLUMNS


def _cut(line: str, width: int | None) -> str:
    return line if width is None or len(line) <= width else line[: max(width - 1, 1)] + "…"
