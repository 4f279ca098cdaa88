"""Outputs lose their secrets before they get their name, wherever a secret lies in them."""

import hashlib
import io
import random
from collections import Counter
from pathlib import Path

import pytest

from tests.factories import asynchronous, new_session, open_application
from treadle.domain.errors import TooLargeError, UploadConflictError
from treadle.domain.scope import LOCAL
from treadle.service import own_patterns
from treadle.service.output_redaction import HELD, MOST, WINDOW, redact
from treadle.service.redaction import Redactor

TOKEN = "ghp_" + "a1B2c3D4" * 5
MARKER = "[redacted:github_token]"
KEY = "-----BEGIN PRIVATE KEY-----\n" + "".join(f"{'aB3/' * 16}\n" for _ in range(200)) + "-----END PRIVATE KEY-----\n"


def redacted(data: bytes, redactor: Redactor | None = None) -> tuple[bytes, Counter[str]]:
    target = io.BytesIO()
    found = redact(io.BytesIO(data), target, redactor or Redactor())
    return target.getvalue(), found


@pytest.mark.parametrize("distance", [-45, -44, -20, -1, 0, 1])
@pytest.mark.parametrize("border", [WINDOW, WINDOW - HELD, 2 * WINDOW, 2 * WINDOW - HELD])
@pytest.mark.parametrize("filling", [b"some words and\n", b"x. "])
def test_a_secret_over_the_border_of_two_windows_goes(border: int, distance: int, filling: bytes) -> None:
    before = (filling * (border // len(filling) + 1))[: border + distance - 1] + b"\n"
    after = b"\n" + filling * (WINDOW // len(filling))
    found, secrets = redacted(before + TOKEN.encode() + after)
    assert secrets == {"github_token": 1}
    assert found == before + MARKER.encode() + after


@pytest.mark.parametrize("begin", [0, 1_000, WINDOW - 6_000, WINDOW - HELD - 6_000, 2 * WINDOW - 13_000])
def test_a_private_key_of_many_lines_goes_as_a_whole(begin: int) -> None:
    before, after = "line of text\n" * (begin // 13), "\nline of text" * 30_000
    found, _ = redacted((before + KEY + after).encode())
    assert found == f"{before}[redacted:private_key]\n{after}".encode()


def test_what_holds_none_is_the_same_to_the_byte() -> None:
    noise = random.Random(7).randbytes(3 * WINDOW)  # noqa: S311 - bytes of no meaning
    for data in (b"", b"abc", noise, b"\xff\x00" * WINDOW, ("é→" * WINDOW).encode(), b"{" * (2 * WINDOW)):
        assert redacted(data) == (data, Counter())


def test_a_secret_in_what_is_not_text_goes() -> None:
    data = b"\xff\xfe\x00 " + TOKEN.encode() + b"\n\x80"
    assert redacted(data) == (b"\xff\xfe\x00 " + MARKER.encode() + b"\n\x80", {"github_token": 1})


def test_a_file_of_nothing_but_secrets_comes_to_its_end() -> None:
    line = f"https://somebody:{'correct-horse' * 8}@example.org\n"
    found, _ = redacted(line.encode() * 5_000)
    assert found == b"https://somebody:[redacted:password]@example.org\n" * 5_000


def test_an_output_has_so_many_secrets_at_most() -> None:
    few = Redactor(limit=200)
    data = f"{'x' * 300}\n{TOKEN}\n".encode() * (MOST * 200)
    assert redacted(data, few)[1] == {"github_token": MOST * 200}
    with pytest.raises(TooLargeError):
        redacted(data * 2, few)


def test_an_own_pattern_counts_too() -> None:
    own = Redactor(own_patterns.compiled((("acme", "acme-[0-9]{4}"),)))
    assert redacted(b"x\nacme-1234\n", own) == (b"x\n[redacted:acme]\n", {"acme": 1})


@pytest.mark.requirement("event.data-redacted")
@pytest.mark.parametrize("redacts", [True, False])
@asynchronous
async def test_a_secret_over_the_border_of_two_pieces_is_in_no_file(tmp_path: Path, redacts: bool) -> None:
    data = f"before\n{TOKEN}\nafter".encode()
    async with open_application(tmp_path, redacts=redacts) as application:
        session = await new_session(application)
        await application.outputs.write(
            LOCAL, session_id=session.id, upload_id="u", offset=0, data=data[:20], last=False
        )
        piece = await application.outputs.write(
            LOCAL, session_id=session.id, upload_id="u", offset=20, data=data[20:], last=True
        )
        assert piece.output_id is not None
        content = await application.outputs.read(LOCAL, session_id=session.id, output_id=piece.output_id)
    expected = f"before\n{MARKER}\nafter".encode() if redacts else data
    assert content.data == expected
    assert (content.size, piece.output_id) == (len(expected), hashlib.sha256(expected).hexdigest())
    files = [path.read_bytes() for path in (tmp_path / "outputs").rglob("*") if path.is_file()]
    assert any(TOKEN.encode() in content for content in files) != redacts


@asynchronous
async def test_a_repeated_last_piece_of_a_redacted_upload_begins_anew(tmp_path: Path) -> None:
    async with open_application(tmp_path) as application:
        session = await new_session(application)

        async def write(upload_id: str) -> str | None:
            piece = await application.outputs.write(
                LOCAL, session_id=session.id, upload_id=upload_id, offset=0, data=TOKEN.encode(), last=True
            )
            return piece.output_id

        first = await write("one")
        with pytest.raises(UploadConflictError):
            await write("one")
        assert await write("two") == first
