"""A command's output as events: in chunks worth storing, whole lines where there are any, bounded in all.

The daemon takes secrets out of each event by itself: of a token that is cut in two it would know neither half.
"""

import codecs
from collections.abc import Callable
from time import monotonic

from treadle.domain.event import EventType

CHUNK_CHARACTERS = 16 * 1024
MAX_CHARACTERS = 4 * 1024 * 1024
"""Of all the events of one command; the output that the result names has the rest."""
LINGER_SECONDS = 0.25
HALF_LINE_SECONDS = 2.0
"""How long a line may go on before it is told as it is: a question waits at its end, say."""


class OutputEvents:
    def __init__(self, emit: Callable[..., None]) -> None:
        self._emit = emit
        self._decoders = {name: codecs.getincrementaldecoder("utf-8")("replace") for name in ("stdout", "stderr")}
        self._stream = "stdout"
        self._text = ""
        self._since = monotonic()
        self._told = 0

    def add(self, stream: str, chunk: bytes, *, final: bool = False) -> None:
        decoded = self._decoders[stream].decode(chunk, final)
        if not decoded or self._told >= MAX_CHARACTERS:
            return
        if stream != self._stream:
            self._send()
            self._stream = stream
        if not self._text:
            self._since = monotonic()
        self._text += decoded
        while len(self._text) >= CHUNK_CHARACTERS:
            self._send(self._text.rfind("\n", 0, CHUNK_CHARACTERS) + 1)

    def tick(self) -> None:
        waited = monotonic() - self._since
        if self._text and waited >= HALF_LINE_SECONDS:
            self._send()
        elif waited >= LINGER_SECONDS and (whole_lines := self._text.rfind("\n") + 1):
            self._send(whole_lines)

    def finish(self) -> None:
        for stream in self._decoders:
            self.add(stream, b"", final=True)
        self._send()

    def _send(self, characters: int = 0) -> None:
        """0: as many as one event has."""
        if not self._text or self._told >= MAX_CHARACTERS:
            self._text = ""
            return
        cut = characters or CHUNK_CHARACTERS
        piece, self._text, self._since = self._text[:cut], self._text[cut:], monotonic()
        self._told += len(piece)
        self._emit(EventType.COMMAND_OUTPUT, stream=self._stream, text=piece)
        if self._told >= MAX_CHARACTERS:
            self._emit(EventType.COMMAND_OUTPUT, stream=self._stream, text="[… further output is not shown …]\n")
