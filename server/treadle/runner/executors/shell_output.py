"""A command's output as events: in chunks worth storing, whole characters, bounded in all."""

import codecs
from collections.abc import Callable
from time import monotonic

from treadle.domain.event import EventType

CHUNK_CHARACTERS = 16 * 1024
MAX_CHARACTERS = 4 * 1024 * 1024
"""Of all the events of one command; the output that the result names has the rest."""
LINGER_SECONDS = 0.25


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
            self._send()

    def tick(self) -> None:
        if self._text and monotonic() - self._since >= LINGER_SECONDS:
            self._send()

    def finish(self) -> None:
        for stream in self._decoders:
            self.add(stream, b"", final=True)
        self._send()

    def _send(self) -> None:
        if not self._text or self._told >= MAX_CHARACTERS:
            self._text = ""
            return
        piece, self._text = self._text[:CHUNK_CHARACTERS], self._text[CHUNK_CHARACTERS:]
        self._told += len(piece)
        self._emit(EventType.COMMAND_OUTPUT, stream=self._stream, text=piece)
        if self._told >= MAX_CHARACTERS:
            self._emit(EventType.COMMAND_OUTPUT, stream=self._stream, text="[… further output is not shown …]\n")
