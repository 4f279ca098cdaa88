"""JSON that one reader takes and another one cannot read back is refused at the door, never altered."""

import json
import re
from typing import NoReturn

import pydantic_core

MAX_PLAIN_BRACKETS = 150
"""So few cannot nest deeper than any reader can follow."""

_MAY_BE_INFINITE = re.compile(rb"[eE]\+?\d{3}|\d{300}")


class UnreadableError(Exception):
    """Valid by its letters, but no reader could be trusted with it."""


def require_finite(raw: bytes) -> None:
    """Refuse numbers, such as 1e999, that become infinite when they are read.

    :raises UnreadableError:
    """
    if _MAY_BE_INFINITE.search(raw) is None:
        return
    try:
        json.loads(raw, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(str(error)) from None


def require_readable_object(raw: bytes) -> str:
    """The text of a JSON object that was checked for its grammar only.

    :raises UnreadableError: no object, no UTF-8, nested too deep, or a number that no reader can hold
    """
    if not raw.startswith(b"{"):
        raise UnreadableError("it must be an object")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise UnreadableError("it is not UTF-8") from None
    suspicious = _MAY_BE_INFINITE.search(raw) is not None
    if suspicious or raw.count(b"[") + raw.count(b"{") > MAX_PLAIN_BRACKETS:
        try:
            pydantic_core.from_json(raw)
        except ValueError as error:
            raise UnreadableError(str(error)) from None
        require_finite(raw)
    return text


def _finite(literal: str) -> float:
    number = float(literal)
    return number if number not in (float("inf"), float("-inf")) else _refuse(literal)


def _refuse(literal: str) -> NoReturn:
    raise ValueError(f"the number {literal[:20]} is too large")
