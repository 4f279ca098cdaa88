"""LSP framing, however the bytes arrive."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.protocol.framing import (
    MAX_FRAME_BYTES,
    MAX_HEADER_BYTES,
    MAX_REQUEST_BYTES,
    FrameBuffer,
    FramingError,
    content_length,
    frame,
)


def taken(buffer: FrameBuffer) -> list[bytes]:
    bodies = []
    while (body := buffer.take()) is not None:
        bodies.append(body)
    return bodies


@given(bodies=st.lists(st.binary(max_size=200), max_size=8), data=st.data())
def test_frames_come_out_as_they_went_in_wherever_the_stream_is_cut(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(frame(body) for body in bodies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    buffer, received = FrameBuffer(), []
    for start, stop in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        buffer.add(stream[start:stop])
        received += taken(buffer)
    assert received == bodies


@given(st.binary(max_size=2_000))
def test_any_bytes_are_a_frame_or_a_framing_error(noise: bytes) -> None:
    buffer = FrameBuffer()
    buffer.add(noise)
    with contextlib.suppress(FramingError):
        assert sum(len(body) for body in taken(buffer)) <= len(noise)


def test_other_headers_any_case_and_no_space_are_accepted() -> None:
    assert content_length(b"content-TYPE: application/vscode-jsonrpc\r\ncontent-length:12") == 12


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"nonsense",
        b"Content-Type: text/plain",
        b"Content-Length: abc",
        b"Content-Length: -5",
        b"Content-Length: +5",
        b"Content-Length: 5\r\nContent-Length: 5",
        b"Content-Length: " + b"9" * 5_000,
        b"Content-Length: %d" % (MAX_FRAME_BYTES + 1),
    ],
)
def test_a_header_without_one_good_length_is_refused(header: bytes) -> None:
    with pytest.raises(FramingError):
        content_length(header)


def test_a_header_without_end_is_refused_before_it_is_collected() -> None:
    buffer = FrameBuffer()
    buffer.add(b"x" * MAX_HEADER_BYTES)
    with pytest.raises(FramingError):
        buffer.take()


@pytest.mark.parametrize("header", [b"sk-secret", b"Content-Length: sk-secret"])
def test_an_error_quotes_nothing_of_the_stream(header: bytes) -> None:
    with pytest.raises(FramingError) as caught:
        content_length(header)
    assert "secret" not in str(caught.value)


def test_a_buffer_may_have_a_limit_of_its_own() -> None:
    buffer = FrameBuffer(limit=MAX_REQUEST_BYTES)
    buffer.add(b"Content-Length: %d\r\n\r\n" % MAX_REQUEST_BYTES)
    assert buffer.take() is None
    buffer = FrameBuffer(limit=MAX_REQUEST_BYTES)
    buffer.add(b"Content-Length: %d\r\n\r\n" % (MAX_REQUEST_BYTES + 1))
    with pytest.raises(FramingError, match=str(MAX_REQUEST_BYTES)):
        buffer.take()


def test_it_is_known_whether_half_a_frame_waits() -> None:
    buffer, whole = FrameBuffer(), frame(b"{}")
    seen = []
    for part in (b"", whole, whole[:3], whole[3:-1], whole[-1:]):
        buffer.add(part)
        taken(buffer)
        seen.append(buffer.has_half)
    assert seen == [False, False, True, True, False]
