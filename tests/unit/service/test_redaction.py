import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import asynchronous, make_event, new_session, open_application
from treadle.domain.event import IncomingEvent
from treadle.domain.scope import LOCAL
from treadle.service.redaction import KINDS, SURROUNDED, has_secret, redacted, redacted_batch
from treadle.storage.event_pages import EventQuery

LETTERS = "abcdefghijABCDEFGHIJ0123456789klmnopqrstuvwxyz0123456789KLMNOPQRSTUVWXYZ"
SECRETS = {
    "anthropic_key": f"sk-ant-api03-{LETTERS[:40]}",
    "openai_key": f"sk-proj-{LETTERS[:50]}",
    "github_token": f"ghp_{LETTERS[:36]}",
    "gitlab_token": f"glpat-{LETTERS[:20]}",
    "aws_key": "AKIA" + "ABCDEFGH12345678",
    "slack_token": "xoxb-" + "123456789012-abcdef",
    "google_key": f"AIza{LETTERS[:35]}",
    "stripe_key": f"sk_live_{LETTERS[:24]}",
    "npm_token": f"npm_{LETTERS[:36]}",
    "pypi_token": f"pypi-{LETTERS[:64]}",
    "hugging_face_token": f"hf_{LETTERS[:34]}",
    "json_web_token": f"eyJ{LETTERS[:20]}.eyJ{LETTERS[:20]}.{LETTERS[:20]}",
    "private_key": "-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,00\n\n"
    f"{LETTERS}\n-----END RSA PRIVATE KEY-----",
    "aws_secret": LETTERS[:40],
    "credential": f"abc.{LETTERS[:20]}",
    "password": "correct-horse",
}
SURROUNDINGS = {
    "aws_secret": ("aws_secret_access_key = ", ""),
    "credential": ("Authorization: Bearer ", ""),
    "password": ("https://somebody:", "@example.org/x"),
}
HARMLESS = [
    "a task-list-of-many-words-in-kebab-case-that-goes-on-and-on-and-on",
    "risk-ant-abcdefghijklmnopqrstuvwxyz",
    "git@example.org:somebody/project.git",
    "http://localhost:8080/path?at=@",
    "Authorization: none",
    "-----BEGIN PUBLIC KEY-----",
    "the AKIA prefix, ghp_short, sk-ant-short, eyJ.eyJ.",
]
ANY_TEXT = st.text(max_size=40)
SOMETHING = st.sampled_from(sorted(SECRETS))


def test_every_kind_has_an_example() -> None:
    assert KINDS.keys() | SURROUNDED.keys() == SECRETS.keys()


@pytest.mark.requirement("event.data-redacted")
@given(kind=SOMETHING, before=ANY_TEXT, after=ANY_TEXT, is_ascii=st.booleans())
def test_a_secret_goes_and_all_around_it_stays(kind: str, before: str, after: str, is_ascii: bool) -> None:
    """In raw JSON, whatever stands around it, escaped or not: the text stays JSON of the same value but for it."""
    left, right = SURROUNDINGS.get(kind, ("", ""))
    text = f"{before}\n{left}{SECRETS[kind]}{right} \n{after}"
    raw = json.dumps({"key": [text, 1.50]}, ensure_ascii=is_ascii)
    expected = f"{before}\n{left}[redacted:{kind}]{right} \n{after}"
    assert json.loads(redacted(raw)) == {"key": [expected, 1.5]}
    assert has_secret(raw)


@pytest.mark.requirement("event.data-redacted")
@pytest.mark.parametrize("edge", ["\n", "\t", "\\", '"', "é", "\x01", "=", "", "https://x:"])
def test_an_escape_before_a_secret_does_not_hide_it(edge: str) -> None:
    for is_ascii in (True, False):
        raw = json.dumps({"text": edge + SECRETS["github_token"]}, ensure_ascii=is_ascii)
        assert json.loads(redacted(raw)) == {"text": f"{edge}[redacted:github_token]"}


def test_a_clipped_private_key_is_one() -> None:
    raw = json.dumps({"text": f"-----BEGIN PRIVATE KEY-----\n{LETTERS}\n"})
    assert json.loads(redacted(raw)) == {"text": "[redacted:private_key]"}


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_a_little_like_a_secret_stays(text: str) -> None:
    raw = json.dumps({"text": text})
    assert redacted(raw) == raw
    assert not has_secret(raw)


@given(st.recursive(st.none() | st.booleans() | st.floats(allow_nan=False) | ANY_TEXT, st.lists))
def test_other_text_is_the_same_to_the_byte(value: object) -> None:
    raw = json.dumps({"value": value})
    assert redacted(raw) == raw


def test_a_batch_without_secrets_is_the_same_object() -> None:
    batch = [make_event(), make_event(metadata='{"client":"x"}')]
    assert redacted_batch(batch) is batch


def secret_events() -> list[IncomingEvent]:
    metadata = json.dumps({"remote": "https://somebody:correct-horse@example.org"})
    return [make_event(data=json.dumps({"text": SECRETS["anthropic_key"]}), metadata=metadata), make_event()]


@pytest.mark.requirement("event.data-redacted")
@pytest.mark.parametrize("redacts", [True, False])
@asynchronous
async def test_what_is_stored_holds_no_secret_unless_it_is_switched_off(tmp_path: Path, redacts: bool) -> None:
    async with open_application(tmp_path, redacts=redacts) as application:
        session = await new_session(application)
        await application.event_handler.handle_events(LOCAL, session_id=session.id, events=secret_events())
        page = await application.event_handler.get_events(LOCAL, session_id=session.id, query=EventQuery())
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("treadle.db*"))
    for secret in (SECRETS["anthropic_key"], "correct-horse"):
        assert (secret.encode() in page) != redacts
        assert (secret.encode() in stored) != redacts
    assert (b"[redacted:anthropic_key]" in page) == redacts
