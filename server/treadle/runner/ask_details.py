"""What an ask is about, as lines for a terminal: the exact command or diff first, then whatever else is known."""

import json
from collections.abc import Iterator

from treadle.agents.lenient import JsonObject
from treadle.client.tables import printable

BY_THEMSELVES = ("command", "path", "diff")
"""Each says all that the input of the tool would."""
UNTOLD = frozenset({*BY_THEMSELVES, "input", "tool_use_id", "parent_tool_use_id", "fingerprint", "grant"})


def about(details: JsonObject) -> Iterator[str]:
    for number, line in enumerate(_lines(details.get("command"))):
        yield f"{'>' if number else '$'} {line}"
    if path := details.get("path"):
        yield f"path: {_value(path)}"
    yield from _lines(details.get("diff"))
    if not any(details.get(name) for name in BY_THEMSELVES) and details.get("input"):
        yield f"input: {_value(details['input'])}"
    for name, value in details.items():
        if name not in UNTOLD and value not in (None, ""):
            yield f"{printable(name.replace('_', ' '))}: {_value(value)}"


def _lines(value: object) -> list[str]:
    return [printable(line) for line in value.splitlines()] if isinstance(value, str) else []


def _value(value: object) -> str:
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
