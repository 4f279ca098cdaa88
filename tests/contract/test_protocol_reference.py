"""The reference says everything that a stranger needs."""

import json

import pytest

from tests.unit.agents.player import RECORDINGS, played
from tools.generators import golden_payloads, protocol_reference
from tools.generators.protocol_schema import definitions
from tools.generators.reference_tables import COMMON_MEMBERS, ELSEWHERE, EVENT_DATA, EVERYWHERE, raised_by, sentences
from treadle.domain.event import EventType
from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.methods import METHODS

DOCUMENTS = golden_payloads.committed()


@pytest.mark.parametrize("name", definitions())
def test_every_member_is_described(name: str) -> None:
    schema = definitions()[name]
    silent = {
        member
        for member, value in schema.get("properties", {}).items()
        if "description" not in value and member not in COMMON_MEMBERS
    }
    assert not silent, f"{name} does not say what these mean"


@pytest.mark.parametrize("code", NUMBERS)
def test_every_error_code_says_what_it_means_and_where_it_comes_up(code: str) -> None:
    assert sentences(code)
    assert (code in ELSEWHERE) != bool(code in EVERYWHERE or raised_by(code))


@pytest.mark.parametrize("code", NUMBERS)
def test_an_error_is_declared_where_it_was_provoked(code: str) -> None:
    asked = DOCUMENTS[f"errors/{code}"].get("method")
    declared = {method.name: {error.code for error in method.errors} for method in METHODS}
    assert asked not in declared or code in declared[asked] or code in EVERYWHERE


def test_every_event_type_says_what_its_data_hold() -> None:
    assert EVENT_DATA.keys() == set(EventType)


@pytest.mark.parametrize("recording", sorted(path.stem for path in RECORDINGS.glob("*.jsonl")))
def test_what_recorded_events_hold_is_named(recording: str) -> None:
    events, _ = played(recording)
    for event in events:
        assert [key for key in event.data if f"`{key}`" not in EVENT_DATA[event.event_type]] == [], event.event_type


def test_its_links_lead_somewhere() -> None:
    text = protocol_reference.text()
    headings = {protocol_reference.anchor(line.lstrip("# ")) for line in text.splitlines() if line.startswith("#")}
    links = {part.partition(")")[0] for part in text.split("](#")[1:]}
    assert links - headings == set()


def test_its_session_goes_from_initialize_to_complete() -> None:
    text = (golden_payloads.ROOT / "tests" / "contract" / "worked_session.json").read_text(encoding="utf-8")
    messages = [entry["message"] for entry in json.loads(text) if "message" in entry]
    assert messages[0]["method"] == "initialize"
    (ending,) = [message["error"]["data"]["code"] for message in messages if "error" in message]
    assert ending == "complete"
