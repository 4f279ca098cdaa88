import json

import pytest

from treadle.rpc.errors import InvalidParamsError
from treadle.rpc.plain_json import require_plain


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        (b'{"a":1e999}', "infinite"),
        (b'{"a":[{"b":-1E+400}]}', "infinite"),
        (b'{"a":1,"a":1}', 'the name "a" stands twice'),
        (b'{"o":{"x":1,"b":2,"\\u0062":3}}', 'the name "b" stands twice'),
        (b'[{"":1,"":2}]', 'the name "" stands twice'),
    ],
)
def test_what_nobody_could_keep_is_refused(params: bytes, reason: str) -> None:
    with pytest.raises(InvalidParamsError, match=reason):
        require_plain(params)


def test_a_long_name_is_not_told_in_full() -> None:
    name = json.dumps("x" * 10_000).encode()
    with pytest.raises(InvalidParamsError) as caught:
        require_plain(b"{%b:1,%b:2}" % (name, name))
    assert len(caught.value.message) < 250


@pytest.mark.parametrize(
    "params",
    [b"{}", b"[1]", b'{"a":{"a":1},"b":{"a":1}}', b'{"a":-0.0,"b":1e-999,"":0,"c":9999999999999999999999,"d":"1e999"}'],
)
def test_what_can_be_kept_is_accepted(params: bytes) -> None:
    require_plain(params)


def test_what_an_encoder_would_not_write_back_is_looked_at_all_the_same() -> None:
    nested = b'{"a":' * 300 + b"1" + b"}" * 300
    require_plain(nested)
    with pytest.raises(InvalidParamsError, match="twice"):
        require_plain(b'{"n":%b,"a":1,"a":2}' % nested)
