"""JSON that one reader takes and another one cannot read back is refused at the door, never altered."""

import orjson
import pydantic_core

MAX_PLAIN_BRACKETS = 150
"""So few cannot nest deeper than every reader can follow."""


class UnreadableError(Exception):
    """Valid by its letters, but no reader could be trusted with it."""


def require_readable(raw: bytes) -> None:
    """Refuse what is no UTF-8, and numbers, such as 1e999, that become infinite when they are read.

    :raises UnreadableError:
    """
    try:
        orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise UnreadableError(error.msg) from None


def require_readable_object(raw: bytes) -> str:
    """The text of a JSON object that was checked for its grammar only.

    :raises UnreadableError: no object, no UTF-8, nested too deep, or a number that no reader can hold
    """
    if not raw.startswith(b"{"):
        raise UnreadableError("it must be an object")
    require_readable(raw)
    if len(raw) > 2 * MAX_PLAIN_BRACKETS and raw.count(b"[") + raw.count(b"{") > MAX_PLAIN_BRACKETS:
        try:
            pydantic_core.from_json(raw)
        except ValueError as error:
            raise UnreadableError(str(error)) from None
    return raw.decode()
