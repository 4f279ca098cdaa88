"""An event's data and metadata, byte for byte from a frame to the database and back into a frame; and what other JSON
objects of a client become.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Raw

from tests.daemon_fixtures import DaemonProcess
from tests.sessions_on_the_wire import event_of, new_session
from tests.wire_client import WireClient
from treadle.protocol.framing import frame

SETTINGS = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

KEPT = [
    b"{}",
    b"{ \t\r\n}",
    b'{"a":-0.0,"b":-0,"c":0.0,"d":1.0,"e":1E5,"f":1e+5,"g":1e-5,"h":1e-999,"i":0e999}',
    b'{"a":%b,"b":-%b}' % (b"1234567890" * 4, b"9" * 300),
    b'{"a":0.%b}' % (b"1234567890" * 40),
    b'{"a":18446744073709551616,"b":-9223372036854775809,"c":9007199254740993}',
    b'{"a":"\\u0000","b":"\\u001f\\b\\f\\n\\r\\t\\"\\\\\\/","c":"/"}',
    b'{"a":"\\ud83d\\ude00","b":"\xf0\x9f\x98\x80","c":"\\uD83D\\uDE00","d":"\xc3\xa9\\u00E9"}',
    b'{"a":"\xe2\x80\xa8\xef\xbf\xbf\xef\xbb\xbf","b":"\\ufffe\\uffff"}',
    b'{"class":1,"_x":2,"__proto__":{"a":1},"type_name":"T","constructor":null,"toString":1,"a-b":1}',
    b'{"":1,"":{"":[]},"\\u0000":2}',
    b'{"a":1,"a":2,"\\u0061":3}',
    b'{"jsonrpc":"2.0","id":7,"method":"exit","params":{"jsonrpc":"2.0"},"result":null}',
    b'{"data":{"data":1},"metadata":null,"uid":"u"}',
    b'{ "a"\n:\r[ 1 ,\t2 , [ ] , { } ] , "b" : null }',
    b'{"text":"1e999 NaN \\\\ud800 {}[],: \'x\' --;DROP TABLE"}',
    b'{"a":' + b"[" * 198 + b"]" * 198 + b"}",
]
REFUSED = [
    (b"[]", "not an object"),
    (b"null", "not an object"),
    (b'"text"', "not an object"),
    (b"7", "not an object"),
    (b'{"a":1e999}', "infinity"),
    (b'{"a":[{"b":-1E+400}]}', "infinity"),
    (b'{"a":' + b"9" * 400 + b"}", "infinity"),
    (b'{"a":"\\ud800"}', "surrogate"),
    (b'{"a":"\\udc00\\ud800"}', "surrogate"),
    (b'{"\\udfff":1}', "surrogate"),
    (b'{"a":"\xff"}', "utf-8"),
    (b'{"a":"\xed\xa0\x80"}', "utf-8"),
    (b'{"a":' + b"[" * 200 + b"]" * 200 + b"}", "nested deeper"),
]
NO_JSON = [
    b"{",
    b"{'a':1}",
    b'{"a":01}',
    b'{"a":.5}',
    b'{"a":NaN}',
    b'{"a":1,}',
    b'{"a":"\n"}',
    b'{"a":"\\x"}',
    b"{a:1}",
]


@dataclass(frozen=True)
class Stored:
    data: bytes
    metadata: bytes


class Events:
    """The events of one session: as they are sent, as they stand in the database, as they come back."""

    def __init__(self, daemon: DaemonProcess, client: WireClient, session_id: int) -> None:
        self.client = client
        self.session_id = session_id
        self._rows = sqlite3.connect(f"file:{daemon.data_dir / 'treadle.db'}?mode=ro", uri=True)

    def send(self, *events: bytes) -> dict[str, Any]:
        params = b'{"sessionId":%d,"events":[%b]}' % (self.session_id, b",".join(events))
        self.client.send_bytes(
            frame(b'{"jsonrpc":"2.0","id":"e","method":"session/handleEvents","params":%b}' % params)
        )
        return self.client.answer("e")

    def last_id(self) -> int:
        (last,) = self._rows.execute("SELECT coalesce(max(id), 0) FROM session_events").fetchone()
        return int(last)

    def in_database(self, after: int) -> list[Stored]:
        query = """SELECT CAST(data AS BLOB), CAST(metadata AS BLOB), typeof(data) FROM session_events
            WHERE session_id = ? AND id > ? ORDER BY id"""
        rows = self._rows.execute(query, (self.session_id, after)).fetchall()
        assert {kind for _, _, kind in rows} <= {"text"}
        return [Stored(data, b"null" if metadata is None else metadata) for data, metadata, _ in rows]

    def on_the_wire(self, after: int) -> list[Stored]:
        params = b'{"sessionId":%d,"order":"id","afterId":%d}' % (self.session_id, after)
        self.client.send_bytes(frame(b'{"jsonrpc":"2.0","id":"g","method":"session/getEvents","params":%b}' % params))
        body = self.client.receive_body()
        assert body is not None
        answer = msgspec.json.decode(body, type=_Answer)
        return [Stored(bytes(each.data), bytes(each.metadata)) for each in answer.result.data]

    def close(self) -> None:
        self._rows.close()


class _Event(msgspec.Struct):
    data: Raw
    metadata: Raw


class _Page(msgspec.Struct):
    data: list[_Event]


class _Answer(msgspec.Struct):
    result: _Page


@pytest.fixture(scope="module")
def events(shared_daemon: DaemonProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Events]:
    with shared_daemon.client() as client:
        session_id = new_session(client, tmp_path_factory.mktemp("project"))
        found = Events(shared_daemon, client, session_id)
        yield found
        found.close()


def require_kept(events: Events, sent: Sequence[Stored]) -> None:
    before = events.last_id()
    answer = events.send(*[event_of(each.data, each.metadata) for each in sent])
    assert answer["result"]["count"] == len(sent)
    assert events.in_database(before) == list(sent)
    assert events.on_the_wire(before) == list(sent)


def require_refused(events: Events, sent: Sequence[Stored], indexes: Sequence[int]) -> str:
    """By one of these indexes; the answer is its sentence."""
    before = events.last_id()
    error = events.send(*[event_of(each.data, each.metadata) for each in sent])["error"]
    assert error["data"]["code"] == "event_invalid"
    assert error["data"]["details"]["index"] in indexes
    assert events.last_id() == before
    sentence: str = error["message"]
    return sentence


@pytest.mark.requirement("event.data-byte-for-byte")
@pytest.mark.parametrize("text", KEPT)
def test_data_and_metadata_are_kept_byte_for_byte(events: Events, text: bytes) -> None:
    require_kept(events, [Stored(text, b"null"), Stored(b"{}", text), Stored(text, text)])


@pytest.mark.parametrize("text", KEPT)
def test_one_event_alone_is_kept_byte_for_byte(events: Events, text: bytes) -> None:
    before = events.last_id()
    params = b'{"sessionId":%d,"event":%b}' % (events.session_id, event_of(text))
    body = b'{"jsonrpc":"2.0","id":"e","method":"session/handleEvent","params":%b}'
    events.client.send_bytes(frame(body % params))
    assert events.client.answer("e")["result"]["count"] == 1
    assert events.on_the_wire(before) == events.in_database(before)
    assert [each.data for each in events.in_database(before)] == [text]


@pytest.mark.parametrize("as_metadata", [False, True])
@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_not_everybody_could_read_is_refused_by_its_index(
    events: Events, text: bytes, reason: str, as_metadata: bool
) -> None:
    if as_metadata and text == b"null":
        return
    good = Stored(b"{}", b"{}")
    bad = Stored(b"{}", text) if as_metadata else Stored(text, b"null")
    sentence = require_refused(events, [good, good, bad, good], [2])
    assert reason in sentence.lower()
    assert len(sentence) < 300


@pytest.mark.parametrize("text", NO_JSON)
def test_what_is_no_json_is_no_message(events: Events, text: bytes) -> None:
    before = events.last_id()
    error = events.send(event_of(b"{}"), event_of(text))["error"]
    assert error["data"]["code"] == "parse_error"
    assert events.last_id() == before


def test_the_other_members_of_an_event_are_not_data(events: Events) -> None:
    """What stands between them does not change it."""
    data = b'{ "a" : 1 }'
    before = events.last_id()
    event = event_of(data).replace(b',"', b' ,\n\t"').replace(b'":', b'" : ')
    assert events.send(b" \n" + event + b"\t")["result"]["count"] == 1
    assert [each.data for each in events.in_database(before)] == [data.replace(b'":', b'" : ')]


@pytest.mark.parametrize("words", [["--json"], ["--json", "--follow"]])
def test_the_command_line_prints_them_as_they_are(
    shared_daemon: DaemonProcess, tmp_path: Path, words: Sequence[str]
) -> None:
    """But for the ends of lines between the tokens: an event is one line."""
    with shared_daemon.client() as client:
        session_id = new_session(client, tmp_path)
        texts = [text for text in KEPT if b"\r" not in text]
        events = Events(shared_daemon, client, session_id)
        assert events.send(*[event_of(text, text) for text in texts])["result"]["count"] == len(texts)
        events.close()
        client.call("session/cancel", {"sessionId": session_id, "reason": "so that --follow ends"})
    shown = subprocess.run(
        [sys.executable, "-m", "treadle", "events", str(session_id), *words, "--type", "tool_called"],
        env={**os.environ, "TREADLE_DATA_DIR": str(shared_daemon.data_dir), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        timeout=60,
        check=True,
    ).stdout
    lines = [line.removesuffix(b",") for line in shown.split(b"\n") if b"tool_called" in line]
    assert [_data_of(line) for line in lines] == [Stored(text, text) for text in texts]


def _data_of(line: bytes) -> Stored:
    event = msgspec.json.decode(line, type=_Event)
    return Stored(bytes(event.data), bytes(event.metadata))


# Texts, not values: a value says nothing of spaces, escapes, digits and names that stand twice.

SPACE = st.text(" \t\r\n", max_size=2)
NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='"\\')
ESCAPES = st.sampled_from([*(rf"\{each}" for each in '"\\/bfnrt'), r"\ud83d\ude00"]) | st.from_regex(
    r"\\u[0-9a-fA-F]{4}", fullmatch=True
)
STRINGS = st.lists(CHARACTERS | ESCAPES, max_size=6).map(lambda parts: f'"{"".join(parts)}"')
NAMES = STRINGS | st.sampled_from(['""', '"a"', '"a"', r'"\u0061"', '"__proto__"', '"data"', '"jsonrpc"'])
ATOMS = NUMBERS | STRINGS | st.sampled_from(["null", "true", "false"])


def _spaced(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(SPACE, parts, SPACE).map("".join)


def _objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    members = st.tuples(_spaced(NAMES), values).map(":".join)
    return st.lists(members, max_size=4).map(lambda found: f"{{{','.join(found)}}}")


def _arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=4).map(lambda found: f"[{','.join(found)}]")


VALUES = st.recursive(_spaced(ATOMS), lambda inner: _spaced(_objects(inner) | _arrays(inner)), max_leaves=12)
OBJECTS = _objects(VALUES).map(str.encode)
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def can_be_kept(text: bytes) -> bool:
    """By Python's own reader of JSON: no infinite number, no half of a surrogate pair."""
    whole = json.loads(text, object_pairs_hook=lambda members: [list(each) for each in members])
    again = json.dumps(whole, ensure_ascii=False)
    return "Infinity" not in re.sub(r'"(?:[^"\\]|\\.)*"', "", again) and LONE_SURROGATE.search(again) is None


@SETTINGS
@given(st.lists(st.tuples(OBJECTS, OBJECTS | st.just(b"null")), min_size=1, max_size=4))
def test_any_text_of_an_object_is_kept_byte_for_byte_or_refused(
    events: Events, texts: list[tuple[bytes, bytes]]
) -> None:
    sent = [Stored(*each) for each in texts]
    bad = [
        index
        for index, each in enumerate(sent)
        if not can_be_kept(each.data) or (each.metadata != b"null" and not can_be_kept(each.metadata))
    ]
    if bad:
        require_refused(events, sent, bad)
    else:
        require_kept(events, sent)


# Other objects are read, and written again: their values are kept, or they are refused.


@pytest.fixture(scope="module")
def interaction(shared_daemon: DaemonProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    with shared_daemon.client() as client:
        session_id = new_session(client, tmp_path_factory.mktemp("other"))
        found: dict[str, Any] = client.call("session/nextCommand", {"sessionId": session_id})["interaction"]
        yield found


BY_VALUE = [
    b'{"a":-0.0,"b":0.0,"c":1.0,"d":1E5,"e":1e-5,"f":0.1,"g":1.7976931348623157e308,"h":5e-324}',
    b'{"a":9223372036854775807,"b":-9223372036854775808,"c":18446744073709551615,"d":9007199254740993}',
    b'{"a":"\\u0000","b":"\\ud83d\\ude00","c":"\\/","d":"\xf0\x9f\x98\x80","e":"\xef\xbf\xbf"}',
    b'{"":1,"__proto__":{"":2},"class":3,"_x":4,"a-b":5,"sessionId":6,"jsonrpc":"2.0"}',
    b'{ "a" : [ ] , "b" : { } , "c" : [ null , true , false ] }',
    b'{"a":' + b"[" * 50 + b"]" * 50 + b"}",
]
NOT_BY_VALUE = [
    b'{"a":1e400}',
    b'{"a":-1e999}',
    b'{"a":18446744073709551616}',
    b'{"a":-9223372036854775809}',
    b'{"a":%b}' % (b"1234567890" * 4),
    b'{"a":"\\ud800"}',
    b'{"\\udfff":1}',
    b'{"a":1,"a":2}',
    b'{"a":[{"b":1,"\\u0062":1}]}',
    b'{"a":' + b"[" * 300 + b"]" * 300 + b"}",
]


def hand_in(client: WireClient, interaction: dict[str, Any], data: bytes) -> dict[str, Any]:
    """As progress, which may be told again and again."""
    result = b'{"id":"%b","status":"pending","data":%b}' % (uuid.uuid4().hex.encode(), data)
    params = b'{"sessionId":%d,"interactionId":"%b","result":%b}'
    said = params % (interaction["sessionId"], interaction["id"].encode(), result)
    client.send_bytes(frame(b'{"jsonrpc":"2.0","id":"r","method":"session/handleResult","params":%b}' % said))
    return client.answer("r")


def kept_data(client: WireClient, interaction: dict[str, Any]) -> object:
    got = client.call("session/get", {"sessionId": interaction["sessionId"]})
    result = got["session"]["pendingInteraction"]["result"]
    return None if result is None else result["data"]


@pytest.mark.parametrize("data", BY_VALUE)
def test_the_values_of_a_results_data_are_kept(
    shared_daemon: DaemonProcess, interaction: dict[str, Any], data: bytes
) -> None:
    with shared_daemon.client() as client:
        assert "error" not in hand_in(client, interaction, data)
        # Of 0.0 and -0.0, of 1 and 1.0 only the text tells them apart.
        assert repr(kept_data(client, interaction)) == repr(json.loads(data))


@pytest.mark.parametrize("data", NOT_BY_VALUE)
def test_what_a_results_data_cannot_hold_is_refused(
    shared_daemon: DaemonProcess, interaction: dict[str, Any], data: bytes
) -> None:
    with shared_daemon.client() as client:
        before = kept_data(client, interaction)
        error = hand_in(client, interaction, data)["error"]
        assert error["data"]["code"] in ("invalid_params", "parse_error")
        assert error["message"].endswith(".")
        assert kept_data(client, interaction) == before


@pytest.mark.parametrize("title", ["\0", "a\0b", "", " ", "é😀", "\uffff", "<b>&'\";--", "x" * 200])
def test_any_text_is_kept(shared_daemon: DaemonProcess, interaction: dict[str, Any], title: str) -> None:
    """A null character too, at which other programs end it."""
    with shared_daemon.client() as client:
        answer = client.request("session/update", {"sessionId": interaction["sessionId"], "title": title})
        got = client.call("session/get", {"sessionId": interaction["sessionId"]})["session"]["title"]
        if "error" in answer:
            assert answer["error"]["data"]["code"] == "invalid_params"
            assert got != title
        else:
            assert got == title
