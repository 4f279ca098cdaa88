"""The options of a new session, as the command line gives them and its type takes them."""

import argparse
import sys

from treadle.agents.lenient import JsonObject, an_object, text, texts
from treadle.client.errors import ClientError, ExitCode
from treadle.client.own_command import to_type

STANDARD_INPUT = "-"
MAX_BYTES = 1024 * 1024
"""Of a description on standard input; the type says what it takes of it."""


def session_options(arguments: argparse.Namespace, session_type: JsonObject) -> dict[str, object]:
    """
    :raises ClientError: the type needs a description that was not given, or takes none
    """
    schema = an_object(session_type.get("optionsSchema"))
    takes_description = "description" in an_object(schema.get("properties"))
    description = _description(arguments.text)
    type_id = text(session_type.get("id"))
    if description and not takes_description:
        message = f"The session type {type_id} takes no description: {description[:60]!r} has no place in it."
        raise ClientError(message, ExitCode.USAGE)
    if not description and "description" in texts(schema.get("required")):
        example = to_type("run", type_id, "add a --json flag to the report command")
        raise ClientError(f"Say what is to be done, such as: {example}", ExitCode.USAGE)
    options = {"description": description, "model": arguments.model, "max_turns": arguments.max_turns}
    return {key: value for key, value in options.items() if value}


def _description(words: list[str]) -> str:
    if words != [STANDARD_INPUT]:
        return " ".join(words).strip()
    raw = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ClientError(f"The description on standard input is over {MAX_BYTES} bytes.", ExitCode.USAGE)
    try:
        return raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise ClientError("The description on standard input is not UTF-8.", ExitCode.USAGE) from error
