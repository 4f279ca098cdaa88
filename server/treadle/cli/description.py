"""What is to be done in a new session, in a person's words: on the command line or from standard input."""

import sys
from collections.abc import Mapping

from treadle.agents.lenient import JsonObject, an_object, text, texts
from treadle.client.errors import ClientError, ExitCode
from treadle.client.own_command import to_type

OPTION = "description"
STANDARD_INPUT = "-"
MAX_BYTES = 1024 * 1024
"""On standard input; the type says what it takes of it."""


def description(words: list[str], session_type: JsonObject) -> str | None:
    """None when nothing was said.

    :raises ClientError: the type takes no description, or standard input holds none
    """
    told = _read() if words == [STANDARD_INPUT] else " ".join(words).strip()
    if told and OPTION not in an_object(_schema(session_type).get("properties")):
        message = f"The session type {text(session_type.get('id'))} takes no description, such as {told[:60]!r}."
        raise ClientError(message, ExitCode.USAGE)
    return told or None


def require_description(options: Mapping[str, object], session_type: JsonObject) -> None:
    """:raises ClientError: the type needs one, and there is none among the options"""
    if OPTION in texts(_schema(session_type).get("required")) and not options.get(OPTION):
        example = to_type("run", text(session_type.get("id")), "add a --json flag to the report command")
        raise ClientError(f"Say what is to be done, such as: {example}", ExitCode.USAGE)


def _schema(session_type: JsonObject) -> JsonObject:
    return an_object(session_type.get("optionsSchema"))


def _read() -> str:
    raw = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ClientError(f"The description on standard input is over {MAX_BYTES} bytes.", ExitCode.USAGE)
    try:
        return raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise ClientError("The description on standard input is not UTF-8.", ExitCode.USAGE) from error
