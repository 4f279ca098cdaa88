import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.protocol.value_count import MAX_VALUES
from treadle.rpc.encoding import error_body
from treadle.rpc.envelope import Message, Notice, RefusedMessageError, Reply, Request, decode
from treadle.rpc.errors import describe


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"jsonrpc":"2.0","id":1,"method":"m"}', Request(1, "m", None)),
        (b'{"jsonrpc":"2.0","id":"1","method":"m","params":null}', Request("1", "m", None)),
        (b'{"jsonrpc":"2.0","id":1,"method":"m","params": {"a" : 1 } ,"x":2}', Request(1, "m", b'{"a" : 1 }')),
        (b'{"jsonrpc":"2.0","method":"m","params":[1]}', Notice("m", b"[1]")),
        (b'{"jsonrpc":"2.0","id":1,"result":null}', Reply(1)),
        (b'{"jsonrpc":"2.0","id":null,"error":{}}', Reply(None)),
    ],
)
def test_messages(body: bytes, message: Message) -> None:
    assert decode(body) == message


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_a_message_or_refused(body: bytes) -> None:
    try:
        decode(body)
    except RefusedMessageError:
        return


def test_half_of_a_surrogate_pair_is_refused_and_its_place_named() -> None:
    event = b'{"data":{"text":"%b"}}'
    body = b'{"jsonrpc":"2.0","id":7,"method":"m","params":{"events":[%b,%b]}}'
    with pytest.raises(RefusedMessageError) as caught:
        decode(body % (event % b"\\ud83d\\ude00", event % b"\\ud83d"))
    assert caught.value.id == 7
    assert caught.value.error.details == {"path": ["params", "events", 1, "data", "text"]}
    assert "params.events.1.data.text" in caught.value.error.message


@pytest.mark.parametrize(
    ("frame", "request_id", "path"),
    [
        (rb'{"id":77,"params":{"a\ud800":"b\ud800"}}', 77, ["params"]),
        (rb'{"id":77,"params":[{"a":1,"b\udc00":[]}]}', 77, ["params", 0]),
        (rb'{"id":77,"\ud800":1}', 77, []),
        (rb'{"id":"\ud800"}', None, ["id"]),
        (rb'{"id":77,"a":"\ud800","a":1}', 77, ["a"]),
        (rb'{"id":77,"a":[1,{"b":{"":"\ud800","":1}}]}', 77, ["a", 1, "b", ""]),
    ],
)
def test_a_refusal_of_half_a_pair_can_be_written_itself(
    frame: bytes, request_id: int | None, path: list[str | int]
) -> None:
    with pytest.raises(RefusedMessageError) as caught:
        decode(frame)
    assert (caught.value.id, caught.value.error.details) == (request_id, {"path": path})
    answer = json.loads(error_body(caught.value.id, describe(caught.value.error)))
    assert answer["id"] == request_id
    assert answer["error"]["data"]["code"] == "parse_error"


@pytest.mark.parametrize("depth", [100, *range(900, 1_000, 7), 100_000])
def test_depth_without_end_is_refused(depth: int) -> None:
    with pytest.raises(RefusedMessageError):
        decode(b'{"jsonrpc":"2.0","id":1,"method":"m","params":' + b"[" * depth + b'"\\ud800"' + b"]" * depth + b"}")


@pytest.mark.parametrize("depth", [2_000, 100_000])
@pytest.mark.parametrize(
    "message",
    [
        b'{"jsonrpc":"2.0","id":7,"method":"m","params":%b}',
        b'{ "id" : 7 , "jsonrpc" : "2.0", "method":"m","params":{"a":%b}}',
        b'{"method":"m","id":7,"unknown":%b}',
        b'{"jsonrpc":"2.0","id":7,"result":%b}',
    ],
)
def test_what_is_too_deep_is_refused_by_its_id(message: bytes, depth: int) -> None:
    with pytest.raises(RefusedMessageError, match="too deep") as caught:
        decode(message % (b"[" * depth + b"]" * depth))
    assert (caught.value.id, caught.value.error.code) == (7, "parse_error")


@pytest.mark.parametrize(
    ("frame", "request_id"),
    [
        (b'{"jsonrpc":"2.0","id":-5,"method":"\xff"}', -5),
        (b'{"jsonrpc":"2.0","id":"a-b","method":"m","params":{', "a-b"),
        (b'{"id":7', None),
        (b'{"id":01,', None),
        (b'{"id":"\\ud800","x":{', None),
        (b'{"id":1.5,"x":{', None),
        (b'{"params":{"id":7},"id":8,{', None),
        (b'{"jsonrpc":"2.0","params":{"id":7}', None),
        (b'["id",7', None),
    ],
)
def test_an_id_is_found_at_the_beginning_whatever_follows(frame: bytes, request_id: object) -> None:
    with pytest.raises(RefusedMessageError) as caught:
        decode(frame)
    assert caught.value.id == request_id


@pytest.mark.parametrize(
    ("method", "place", "index"),
    [("session/handleEvents", b'"events":[{},%b]', 1), ("session/handleEvent", b'"event":%b', 0)],
)
def test_half_a_pair_in_an_event_names_the_event(method: str, place: bytes, index: int) -> None:
    params = place % b'{"uid":"u","data":{"text":"\\ud83d"}}'
    with pytest.raises(RefusedMessageError) as caught:
        decode(b'{"jsonrpc":"2.0","id":7,"method":"%b","params":{"sessionId":1,%b}}' % (method.encode(), params))
    assert (caught.value.id, caught.value.error.code) == (7, "event_invalid")
    assert caught.value.error.details == {"index": index}
    assert "data.text" in caught.value.error.message


def test_a_message_of_very_many_values_is_not_looked_through() -> None:
    """It would cost seconds, in which nobody else is answered."""
    body = b'{"jsonrpc":"2.0","id":7,"method":"m","params":[%b"\\ud800"]}' % (b"[]," * MAX_VALUES)
    with pytest.raises(RefusedMessageError) as caught:
        decode(body)
    assert (caught.value.id, caught.value.error.details) == (7, {})
