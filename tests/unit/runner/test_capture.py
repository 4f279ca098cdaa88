import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.domain.result import INLINE_BYTES
from treadle.runner import capture as capture_module
from treadle.runner.capture import Capture


@given(st.lists(st.binary(max_size=200), max_size=20), st.integers(1, 50))
def test_the_pieces_are_the_bytes(chunks: list[bytes], size: int) -> None:
    capture = Capture()
    for chunk in chunks:
        capture.write(chunk)
    whole = b"".join(chunks)
    assert b"".join(capture.pieces(size)) == whole
    assert capture.inline() == whole.decode("utf-8", "replace")
    capture.close()


def test_long_text_is_cut_between_characters() -> None:
    capture = Capture()
    capture.write("ä€".encode() * INLINE_BYTES)
    assert capture.is_text
    assert capture.is_clipped
    assert "\ufffd" not in capture.inline()
    assert len(capture.inline().encode()) <= 2 * INLINE_BYTES + 60
    capture.close()


def test_the_last_line() -> None:
    capture = Capture()
    capture.write(b"one\n two \n\n")
    assert capture.last_line() == "two"
    capture.close()


def test_there_is_a_limit_and_what_is_lost_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_module, "MAX_BYTES", 10)
    capture = Capture()
    capture.write(b"12345678")
    capture.write(b"9abcd")
    assert (capture.size, capture.lost, b"".join(capture.pieces(4))) == (10, 3, b"123456789a")
    capture.close()
