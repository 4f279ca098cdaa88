"""What JSON allows, and what nobody could keep: it is refused, since whoever read it next would see something else."""

import json
from collections.abc import Sequence
from math import isinf
from typing import Any

import orjson

from treadle.rpc.errors import InvalidParamsError

_MAX_NAME = 100


def require_plain(params: bytes) -> None:
    """Refuse a number that is infinite once it is read, such as 1e999, and a name that stands twice in an object.

    :raises InvalidParamsError:
    """
    if _is_written_as_usual(params):
        return
    try:
        _decode(params.decode())
    except ValueError as error:
        raise InvalidParamsError(f"The parameters are not valid: {error}.") from None


def _is_written_as_usual(params: bytes) -> bool:
    """Whether it comes back as it was, which neither such a number does nor such a name.

    What is spelled in another way, with blanks, say, takes longer.
    """
    try:
        return orjson.dumps(orjson.loads(params)) == params
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return False


def _unique(members: Sequence[tuple[str, Any]]) -> None:
    names = {name for name, _ in members}
    if len(names) == len(members):
        return
    seen: set[str] = set()
    for name, _ in members:
        if name in seen:
            raise ValueError(f"the name {json.dumps(name[:_MAX_NAME])} stands twice in one object")
        seen.add(name)


def _finite(number: str) -> None:
    if isinf(float(number)):
        raise ValueError("a number is infinite")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite).decode
