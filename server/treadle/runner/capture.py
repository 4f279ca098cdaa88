"""What a command wrote, kept whole in a file of its own until it is known how much it was."""

import codecs
import tempfile
from collections.abc import Iterator

from treadle.domain.result import INLINE_BYTES

MAX_BYTES = 256 * 1024 * 1024
"""What comes after it is counted, not kept."""
CUT = "�"


class Capture:
    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(prefix="treadle-output-")  # noqa: SIM115 - closed by close()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.size = 0
        self.lost = 0
        self.is_text = True

    def write(self, chunk: bytes) -> None:
        kept = chunk[: MAX_BYTES - self.size]
        self._file.write(kept)
        self.size += len(kept)
        self.lost += len(chunk) - len(kept)
        if self.is_text:
            try:
                self._decoder.decode(kept)
            except UnicodeDecodeError:
                self.is_text = False

    @property
    def is_clipped(self) -> bool:
        return self.size > 2 * INLINE_BYTES

    def inline(self) -> str:
        """The whole text, or its beginning and end."""
        if not self.is_clipped:
            return self._read(0, self.size).decode("utf-8", "replace")
        head = self._read(0, INLINE_BYTES).decode("utf-8", "replace").rstrip(CUT)
        tail = self._read(self.size - INLINE_BYTES, INLINE_BYTES).decode("utf-8", "replace").lstrip(CUT)
        left_out = self.size + self.lost - 2 * INLINE_BYTES
        return f"{head}\n[… {left_out} bytes left out …]\n{tail}"

    def last_line(self) -> str:
        start = max(0, self.size - 2_000)
        lines = self._read(start, self.size - start).decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""

    def pieces(self, size: int) -> Iterator[bytes]:
        for offset in range(0, max(self.size, 1), size):
            yield self._read(offset, size)

    def close(self) -> None:
        self._file.close()

    def _read(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        read = self._file.read(size)
        self._file.seek(0, 2)
        return read
