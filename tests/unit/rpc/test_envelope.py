import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.rpc.envelope import Message, Notice, RefusedMessageError, Reply, Request, decode


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
