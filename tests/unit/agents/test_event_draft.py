"""What an event may hold: no more than the daemon takes, and nothing that a JSON reader refuses."""

import json

from hypothesis import given
from hypothesis import strategies as st

from treadle.agents.event_draft import MAX_EVENT_CHARACTERS, MAX_STRING_CHARACTERS, draft
from treadle.domain.event import MAX_DATA_BYTES, EventType

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda values: st.lists(values) | st.dictionaries(st.text(st.characters()), values),
)


def test_none_is_left_out_and_false_is_kept() -> None:
    assert draft(EventType.TOOL_RESULT, path=None, is_error=False).data == {"is_error": False}


def test_a_long_string_keeps_its_beginning_and_end() -> None:
    text = str(draft(EventType.TOOL_RESULT, content="a" * MAX_STRING_CHARACTERS + "b").data["content"])
    assert text.startswith("aaa")
    assert text.endswith("aab")
    assert "[… 1 characters left out …]" in text
    assert len(text) < MAX_STRING_CHARACTERS + 100


def test_an_event_that_is_too_large_says_what_it_left_out() -> None:
    lines = ["x" * 1000] * 2000
    data = draft(EventType.TOOL_CALLED, tool="Write", input={"lines": lines}).data
    assert data["tool"] == "Write"
    assert data["input"] == {"left_out_characters": len(json.dumps({"lines": lines}))}


def test_what_is_shortened_is_kept_whole_beside_it() -> None:
    long, longer = "a" * MAX_STRING_CHARACTERS + "b", "ä" + "z" * MAX_STRING_CHARACTERS + "\ud800"
    event = draft(EventType.TOOL_CALLED, text=long, input={"edits": [{"new": longer}], "short": "x"})
    assert event.whole == {"text": long, "input.edits.0.new": longer[:-1] + "\ufffd"}
    assert draft(EventType.TOOL_CALLED, text="short").whole == {}


def test_what_is_left_out_is_kept_whole_too() -> None:
    lines = ["x" * 1000] * 2000
    said = "\n" * MAX_EVENT_CHARACTERS
    event = draft(EventType.TOOL_CALLED, input={"lines": lines, "long": "a" * 100_000}, text=said)
    assert set(event.whole) == {"input", "text"}
    assert json.loads(event.whole["input"]) == {"lines": lines, "long": "a" * 100_000}
    assert event.whole["text"] == said


def test_a_lone_surrogate_becomes_a_replacement_character() -> None:
    assert draft(EventType.TOOL_RESULT, content="a\ud800b 😀").data == {"content": "a\ufffdb 😀"}


def test_endless_depth_is_cut() -> None:
    value: object = "deep"
    for _ in range(400):
        value = [value]
    assert "[nested too deeply]" in json.dumps(draft(EventType.TOOL_CALLED, input=value).data)


@given(st.dictionaries(st.text(st.characters(), max_size=5), ANYTHING, max_size=5))
def test_any_value_becomes_strict_json_that_the_daemon_takes(value: dict[str, object]) -> None:
    data = draft(EventType.TOOL_CALLED, input=value).data
    assert len(json.dumps(data, allow_nan=False).encode()) <= MAX_EVENT_CHARACTERS < MAX_DATA_BYTES
    json.dumps(data, ensure_ascii=False).encode()
