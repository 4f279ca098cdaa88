"""LSP framing: `Content-Length: N`, an empty line, N bytes of JSON. Standard library only."""

import re

MAX_HEADER_BYTES = 4 * 1024
MAX_FRAME_BYTES = 64 * 1024 * 1024
"""Of an answer."""
MAX_REQUEST_BYTES = 16 * 1024 * 1024
"""Of what the daemon takes: twice the largest batch of events, and a result with the largest reports."""
MAX_LENGTH_DIGITS = 12
HEADER_END = b"\r\n\r\n"
_USUAL_HEADER = re.compile(rb"Content-Length: (\d{1,%d})\r\n\r\n" % MAX_LENGTH_DIGITS)
"""As nearly everybody writes it; what looks otherwise may be right, or gets the right refusal."""
_LONE_NEWLINE = re.compile(rb"(?<!\r)\n")
"""Nobody who sends it will ever end a header; waiting for more would wait for ever."""


class FramingError(Exception):
    """The bytes are no frame; the stream cannot be read any further."""


def frame(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def content_length(header: bytes, *, limit: int = MAX_FRAME_BYTES) -> int:
    """The length that a header block (without its empty line) announces. The errors quote nothing: after a wrong
    length it is the middle of a message that stands where a header should be.

    :raises FramingError: a malformed line, no length, two lengths, or one over the limit
    """
    length: int | None = None
    for line in header.split(b"\r\n"):
        name, separator, value = line.partition(b":")
        if not separator:
            raise FramingError("not a header line")
        if name.strip().lower() == b"content-length":
            digits = value.strip()
            if length is not None:
                raise FramingError("two Content-Lengths")
            if not digits.isdigit() or len(digits) > MAX_LENGTH_DIGITS:
                raise FramingError("the Content-Length is no number of bytes")
            length = int(digits)
    if length is None:
        raise FramingError("no Content-Length")
    return within_limit(length, limit)


def within_limit(length: int, limit: int) -> int:
    """:raises FramingError:"""
    if length > limit:
        raise FramingError(f"a frame of {length} bytes is over the limit of {limit}")
    return length


class FrameBuffer:
    """Collects bytes and hands out whole frames."""

    def __init__(self, *, limit: int = MAX_FRAME_BYTES) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self._needed = 0

    @property
    def has_half(self) -> bool:
        """Whether the beginning of a frame waits for its rest, once all whole ones are taken."""
        return bool(self._bytes)

    def add(self, chunk: bytes) -> None:
        self._bytes += chunk

    def take(self) -> bytes | None:
        """The body of the next whole frame, or None when more bytes are needed.

        :raises FramingError:
        """
        if not self._bytes or len(self._bytes) < self._needed:
            return None
        if usual := _USUAL_HEADER.match(self._bytes):
            return self._body(usual.end(), within_limit(int(usual[1]), self._limit))
        end = self._bytes.find(HEADER_END, 0, MAX_HEADER_BYTES)
        if end < 0:
            if _LONE_NEWLINE.search(self._bytes, 0, MAX_HEADER_BYTES):
                raise FramingError("a header line ends without a carriage return")
            if len(self._bytes) >= MAX_HEADER_BYTES:
                raise FramingError(f"no end of the header within {MAX_HEADER_BYTES} bytes")
            return None
        return self._body(end + len(HEADER_END), content_length(bytes(self._bytes[:end]), limit=self._limit))

    def _body(self, start: int, length: int) -> bytes | None:
        stop = start + length
        if len(self._bytes) < stop:
            self._needed = stop
            return None
        self._needed = 0
        body = bytes(self._bytes[start:stop])
        del self._bytes[:stop]
        return body
