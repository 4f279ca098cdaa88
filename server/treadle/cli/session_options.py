"""`--param NAME=VALUE`: what a person chooses for a session, read by the JSON Schema of the type's options.

A list of texts is given word by word, `--param files=a --param files=b`, or whole as JSON,
`--param 'files=["a", "b"]'`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from treadle.agents.lenient import JsonObject, an_object, objects, text, texts
from treadle.client.errors import ClientError, ExitCode
from treadle.client.tables import printable

CONSTANTS: Mapping[str, tuple[object, str]] = {
    "null": (None, "null"),
    "true": (True, "boolean"),
    "false": (False, "boolean"),
}
DEFINITIONS = "#/$defs/"
KINDS = {
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
    "string": "a text",
}
"""How a person is told what an option takes; everything else is JSON."""


def session_options(words: Sequence[str], own: Mapping[str, object], session_type: JsonObject) -> dict[str, object]:
    """The options of a new session. `own`: those with a command line option of their own; None was not given.

    Whether a value is good is the daemon's to say.
    :raises ClientError: a word names no option of the type, one that was given already, or a value of another kind
    """
    chosen = {name: value for name, value in own.items() if value is not None}
    lists: dict[str, list[str]] = {}
    for word in words:
        name, is_given, value = word.partition("=")
        if not is_given or not name:
            raise _usage(f"--param needs NAME=VALUE, not {word}.")
        if name in chosen:
            raise _usage(f"The option {name} is given twice.")
        schema = _schema(name, session_type)
        if _is_list_of_texts(schema):
            whole = _read(value)
            if name in lists and isinstance(whole, list):
                raise _usage(f"The option {name} is given word by word and as a whole list: choose one of them.")
            if isinstance(whole, list):
                chosen[name] = whole
            else:
                lists.setdefault(name, []).append(value)
        else:
            chosen[name] = _value(name, value, schema, session_type)
    return chosen | lists


def require_given(options: Mapping[str, object], session_type: JsonObject) -> None:
    """:raises ClientError: an option that a session of this type needs is not among them"""
    schema = an_object(session_type.get("optionsSchema"))
    missing = [name for name in texts(schema.get("required")) if name not in options]
    if missing:
        what = text(an_object(an_object(schema.get("properties")).get(missing[0])).get("description"))
        named = " ".join(f"--param {name}=VALUE" for name in missing)
        why = f": {what}" if what and len(missing) == 1 else "."
        raise _usage(f"{text(session_type.get('id'))} needs {named}{why}")


def _schema(name: str, session_type: JsonObject) -> JsonObject:
    properties = an_object(an_object(session_type.get("optionsSchema")).get("properties"))
    if name not in properties:
        known = ", ".join(properties) or "none"
        raise _usage(f"The session type {text(session_type.get('id'))} has no option {name}; there are: {known}.")
    return an_object(properties[name])


def _is_list_of_texts(schema: JsonObject) -> bool:
    """Or of nothing at all, where the option may be null."""
    choices = [each for each in objects(schema.get("anyOf")) if each.get("type") != "null"] or [schema]
    is_text = [each.get("type") == "array" and an_object(each.get("items")).get("type") == "string" for each in choices]
    return all(is_text)


def _read(value: str) -> object:
    """None for what is no JSON."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _value(name: str, value: str, schema: JsonObject, session_type: JsonObject) -> object:
    definitions = an_object(an_object(session_type.get("optionsSchema")).get("$defs"))
    kinds = list(dict.fromkeys(_kinds(schema, definitions)))
    constant, kind = CONSTANTS.get(value.lower() if "string" not in kinds else "", (None, None))
    if kind in kinds:
        return constant
    if (found := _number(value, kinds)) is not None:
        return found
    if "string" in kinds:
        return value
    try:
        if not kinds or "array" in kinds or "object" in kinds:
            return json.loads(value)
    except (ValueError, RecursionError):
        pass
    raise _usage(f"The option {name} takes {_named(kinds)}, not {value}.")


def _kinds(schema: JsonObject, definitions: JsonObject) -> Iterator[str]:
    """The JSON types that a schema names, in its order; none when it names none."""
    kind = schema.get("type")
    yield from [kind] if isinstance(kind, str) else texts(kind)
    for choices in ("anyOf", "oneOf", "allOf"):
        for choice in objects(schema.get(choices)):
            yield from _kinds(choice, definitions)
    name = text(schema.get("$ref")).removeprefix(DEFINITIONS)
    if name in definitions:
        # Without the definition itself, should it lead back to itself.
        yield from _kinds(
            an_object(definitions[name]), {key: value for key, value in definitions.items() if key != name}
        )


def _number(value: str, kinds: Sequence[str]) -> int | float | None:
    if not {"integer", "number"} & set(kinds):
        return None
    try:
        return int(value)
    except ValueError:
        pass
    try:
        found = float(value)
    except ValueError:
        return None
    return found if "number" in kinds and isfinite(found) else None


def _named(kinds: Sequence[str]) -> str:
    return " or ".join(dict.fromkeys(KINDS.get(kind, "JSON") for kind in kinds)) or "JSON"


def _usage(message: str) -> ClientError:
    return ClientError(printable(message), ExitCode.USAGE)
