import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from treadle.domain.errors import EventInvalidError, TooLargeError, TreadleError
from treadle.domain.event import (
    MAX_BATCH_BYTES,
    MAX_BATCH_EVENTS,
    MAX_DATA_BYTES,
    EventSource,
    EventType,
    IncomingEvent,
)
from treadle.domain.times import microseconds
from treadle.protocol.entities import SessionEventInput
from treadle.protocol.sessions import SessionHandleEventParams, SessionHandleEventsParams
from treadle.protocol.value_count import MAX_VALUES
from treadle.rpc.errors import InvalidParamsError
from treadle.rpc.event_lane import (
    _Batch,
    _BatchOfRaw,
    _Event,
    _One,
    decode_batch,
    decode_one,
    refusal_of_lone_surrogate,
)
from treadle.service.event_checks import checked

EVENT: dict[str, Any] = {"uid": "u", "eventType": "tool_called", "sentAt": "2026-01-02T03:04:05.000006Z", "data": {}}
DATA = b'{"uid":"u","eventType":"tool_called","sentAt":"2026-01-02T03:04:05.000006Z","data":%b}'


def batch(*events: object) -> bytes:
    return json.dumps({"sessionId": 1, "events": events}).encode()


def batch_of_data(*data: bytes) -> bytes:
    return b'{"sessionId":1,"events":[%b]}' % b",".join(DATA % one for one in data)


def taken(params: bytes) -> list[IncomingEvent]:
    """As the service takes them."""
    return list(checked(decode_batch(params).events))


def refusal(params: bytes) -> TreadleError:
    with pytest.raises(TreadleError) as caught:
        taken(params)
    return caught.value


def by_pydantic(event: object) -> SessionEventInput | None:
    adapter = TypeAdapter(SessionEventInput)
    try:
        return adapter.validate_json(json.dumps(event), by_alias=True, by_name=False)
    except ValidationError:
        return None


@pytest.mark.requirement("event.keeps-microseconds", "event.sources")
def test_every_field_arrives() -> None:
    whole = {**EVENT, "source": "hook", "interactionId": "i", "metadata": {"b": 1}, "data": {"a": [None]}}
    decoded = decode_batch(batch(whole))
    assert decoded.session_id == 1
    event = next(decoded.events)
    assert (event.uid, event.event_type, event.source) == ("u", EventType.TOOL_CALLED, EventSource.HOOK)
    assert event.sent_at == microseconds(datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC))
    assert (event.interaction_id, event.data, event.metadata) == ("i", '{"a": [null]}', '{"b": 1}')


@pytest.mark.requirement("event.sources")
def test_defaults() -> None:
    event = next(decode_one(json.dumps({"sessionId": 1, "event": EVENT}).encode()).events)
    assert (event.source, event.interaction_id, event.metadata) == (EventSource.STREAM, None, None)


@pytest.mark.parametrize(
    ("lane", "model"),
    [
        (_Event, SessionEventInput),
        (_One, SessionHandleEventParams),
        (_Batch, SessionHandleEventsParams),
        (_BatchOfRaw, SessionHandleEventsParams),
    ],
)
def test_the_lane_and_the_model_have_the_same_fields(lane: type[msgspec.Struct], model: Any) -> None:
    lane_fields = {field.encode_name: field.required for field in msgspec.structs.fields(lane)}
    model_fields = {field.alias: field.is_required() for field in model.model_fields.values()}
    assert lane_fields == model_fields


_CHANGES: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "uid": st.one_of(st.text(max_size=70), st.integers(), st.none()),
        "eventType": st.sampled_from([*EventType, "unknown", None, 1]),
        "sentAt": st.one_of(
            st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-5, minutes=-30))])).map(
                datetime.isoformat
            ),
            st.sampled_from(["2026-01-02T03:04:05", "yesterday", None, "2026-13-01T00:00:00Z"]),
        ),
        "data": st.sampled_from([{}, {"a": 1}, [], None, "text", 1]),
        "source": st.sampled_from([*EventSource, "unknown", None]),
        "interactionId": st.sampled_from([None, "i", 1]),
        "metadata": st.sampled_from([None, {}, {"a": 1}, [], "text"]),
        "unknown": st.none(),
        "event_type": st.just("tool_called"),
    },
)


@pytest.mark.requirement("event.types", "event.sources")
@given(_CHANGES)
def test_the_lane_and_the_model_agree(changes: dict[str, Any]) -> None:
    event = {**EVENT, **changes}
    expected = by_pydantic(event)
    try:
        (found,) = taken(batch(event))
    except EventInvalidError:
        assert expected is None
        return
    assert expected is not None
    assert (found.uid, found.event_type, found.source) == (expected.uid, expected.event_type, expected.source)
    assert found.sent_at == microseconds(expected.sent_at)
    assert found.interaction_id == expected.interaction_id
    assert json.loads(found.data) == expected.data
    assert (found.metadata and json.loads(found.metadata)) == expected.metadata


@pytest.mark.requirement("event.data-byte-for-byte")
@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b'{ "a" : 1.0e2 ,\n"b":[ ] }',
        b'{"a":"\\u0000"}',
        b'{"a":"\\ud83d\\ude00 \xf0\x9f\x98\x80"}',
        b'{"a":1,"a":2}',
        b'{"a":1e-999,"b":123456789012345678901234567890}',
        b'{"text":"1e999 is only text"}',
        b'{"jsonrpc":"2.0","id":1}',
        b'{"a":' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"a":"' + b"x" * (MAX_DATA_BYTES - 8) + b'"}',
    ],
)
def test_data_is_kept_byte_for_byte(data: bytes) -> None:
    assert taken(batch_of_data(data))[0].data.encode() == data


@pytest.mark.requirement("event.data-byte-for-byte")
@given(
    st.dictionaries(
        st.text(),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
            max_leaves=10,
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_any_object_is_kept_byte_for_byte(value: dict[str, Any], ascii_only: bool) -> None:
    try:
        data = json.dumps(value, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        return
    assert taken(batch_of_data(data))[0].data.encode() == data


@pytest.mark.requirement("event.data-refused-not-altered")
@pytest.mark.parametrize(
    "data",
    [
        b"[]",
        b"null",
        b'"text"',
        b"1",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b'{"a":1e999}',
        b'{"a":-1E+400}',
        b'{"a":' + b"9" * 310 + b".0}",
        b'{"a":' + b"9" * 5_000 + b"}",
        b'{"a":' + b"[" * 400 + b"]" * 400 + b"}",
    ],
)
def test_data_that_not_everybody_could_read_back_names_its_index(data: bytes) -> None:
    error = refusal(batch_of_data(b"{}", data, data))
    assert isinstance(error, EventInvalidError)
    assert error.details == {"index": 1}
    assert len(error.message) < 300


@pytest.mark.parametrize(
    "spoilt",
    [b'{"a":"\\ud800"}', b'{"a":"\\udc00"}', b'{"a":NaN}', b'{"a":01}', b"{'a':1}", b'{"a":1,}', b'{"a":"\n"}', b"{"],
)
def test_what_is_not_json_is_no_batch(spoilt: bytes) -> None:
    assert isinstance(refusal(batch_of_data(b"{}", spoilt)), InvalidParamsError)


@pytest.mark.requirement("events.data-size")
def test_data_over_the_limit_is_too_large() -> None:
    too_long = b'{"a":"' + b"x" * (MAX_DATA_BYTES - 7) + b'"}'
    error = refusal(batch_of_data(b"{}", too_long))
    assert isinstance(error, TooLargeError)
    assert error.details == {"index": 1, "field": "data", "size": MAX_DATA_BYTES + 1, "limit": MAX_DATA_BYTES}


@pytest.mark.requirement("events.batch-bytes")
def test_a_batch_over_its_limit_of_bytes_is_too_large() -> None:
    million = b'{"a":"' + b"x" * (MAX_DATA_BYTES - 8) + b'"}'
    count = MAX_BATCH_BYTES // MAX_DATA_BYTES
    assert len(taken(batch_of_data(*[million] * count))) == count
    error = refusal(batch_of_data(*[million] * count, b"{}"))
    assert isinstance(error, TooLargeError)
    assert error.details == {"index": count, "limit": MAX_BATCH_BYTES}


@pytest.mark.requirement("events.batch-count")
def test_a_batch_over_its_limit_of_events_is_too_large() -> None:
    assert len(taken(batch(*[EVENT] * MAX_BATCH_EVENTS))) == MAX_BATCH_EVENTS
    error = refusal(batch(*[EVENT] * (MAX_BATCH_EVENTS + 1)))
    assert isinstance(error, TooLargeError)
    assert error.details == {"limit": MAX_BATCH_EVENTS}


@pytest.mark.parametrize(
    "params",
    [
        b"{}",
        b"[]",
        b'{"sessionId":1,"events":[]}',
        b'{"sessionId":1,"events":{}}',
        b'{"sessionId":"1","events":[{}]}',
        b'{"sessionId":1,"events":[{}],"more":1}',
        b'{"sessionId":%d,"events":[{}]}' % 2**64,
        b'{"session_id":1,"events":[{}]}',
    ],
)
def test_other_wrong_parameters(params: bytes) -> None:
    assert isinstance(refusal(params), InvalidParamsError)


@pytest.mark.requirement("events.first-bad-is-named")
@pytest.mark.parametrize("event", [{}, [], None, "text", {**EVENT, "more": 1}, {**EVENT, "uid": ""}])
def test_the_first_bad_event_is_named(event: object) -> None:
    error = refusal(batch(EVENT, EVENT, event, event))
    assert isinstance(error, EventInvalidError)
    assert error.details == {"index": 2}


@pytest.mark.requirement("events.first-bad-is-named")
@pytest.mark.parametrize("later", [b"{}", DATA % b'"text"', b'{"uid":"\xff"}'])
def test_the_first_bad_event_is_named_whatever_is_wrong_with_a_later_one(later: bytes) -> None:
    events = b",".join([DATA % b"{}", DATA % b'{"a":1e999}', later])
    error = refusal(b'{"sessionId":1,"events":[%b]}' % events)
    assert isinstance(error, EventInvalidError)
    assert error.details == {"index": 1}
    assert "number is infinity" in error.message


def test_data_is_measured_in_bytes() -> None:
    """Two bytes a character."""
    fitting = '{"a":"' + "é" * ((MAX_DATA_BYTES - 8) // 2) + '"}'
    assert taken(batch_of_data(fitting.encode()))[0].data == fitting
    assert isinstance(refusal(batch_of_data(fitting.replace("é", "éé", 1).encode())), TooLargeError)


@pytest.mark.parametrize("shapes", [b"[],", b'"",', b"{},"])
def test_a_million_events_of_a_wrong_shape_are_refused_by_the_first_of_them(shapes: bytes) -> None:
    """To look at each would cost a second, in which nobody else is answered."""
    error = refusal(b'{"sessionId":1,"events":[%b,%b1]}' % (DATA % b"{}", shapes * 1_000_000))
    assert isinstance(error, EventInvalidError)
    assert error.details == {"index": 1}


def test_a_batch_of_many_values_that_is_no_batch() -> None:
    params = b'{"sessionId":"1","events":[%b]}' % (DATA % (b'{"a":[%b1]}' % (b"1," * MAX_VALUES)))
    assert isinstance(refusal(params), InvalidParamsError)


@pytest.mark.parametrize(
    ("method", "place", "index"),
    [
        ("session/handleEvents", ["params", "events", 3, "data", "a"], 3),
        ("session/handleEvents", ["params", "events", 3], 3),
        ("session/handleEvent", ["params", "event", "uid"], 0),
        ("session/handleEvents", ["params", "sessionId"], None),
        ("session/handleEvents", ["params", "events", "3"], None),
        ("session/handleEvent", ["params", "events", 3], None),
        ("session/create", ["params", "events", 3], None),
        (5, ["params", "event"], None),
    ],
)
def test_half_a_surrogate_pair_is_its_events(method: object, place: list[str | int], index: int | None) -> None:
    error = refusal_of_lone_surrogate(method, place)
    assert (None if error is None else error.details["index"]) == index
