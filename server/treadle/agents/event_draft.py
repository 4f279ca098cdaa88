"""An event as an agent's messages give it: the client adds uid, time, session and interaction."""

import json
import math
from dataclasses import dataclass

from treadle.agents.lenient import LARGEST
from treadle.domain.event import EventType

MAX_STRING_CHARACTERS = 64 * 1024
"""Of one string in an event; a longer one keeps its beginning and end, as results do."""
MAX_EVENT_CHARACTERS = 256 * 1024
"""Of a whole event as JSON; the daemon refuses more than 1 MiB."""
MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class EventDraft:
    event_type: EventType
    data: dict[str, object]
    metadata: dict[str, object] | None = None


def draft(event_type: EventType, **data: object) -> EventDraft:
    """Values that are None are left out; what is too large is shortened and says so."""
    kept = {key: portable(value) for key, value in data.items() if value is not None}
    if len(json.dumps(kept)) > MAX_EVENT_CHARACTERS:
        kept = {key: _outline(value) for key, value in kept.items()}
    return EventDraft(event_type, kept)


def portable(value: object, *, depth: int = 0) -> object:
    """The value as every JSON reader takes it: no lone surrogates, no endless numbers or depths."""
    if isinstance(value, str):
        return _portable_text(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > LARGEST:
        return None
    if depth > MAX_DEPTH and isinstance(value, dict | list):
        return "[nested too deeply]"
    if isinstance(value, dict):
        return {_portable_text(str(key)): portable(item, depth=depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [portable(item, depth=depth + 1) for item in value]
    return value


def _portable_text(value: str) -> str:
    if not value.isascii():
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if len(value) <= MAX_STRING_CHARACTERS:
        return value
    half = MAX_STRING_CHARACTERS // 2
    return f"{value[:half]}\n[… {len(value) - 2 * half} characters left out …]\n{value[-half:]}"


def _outline(value: object) -> object:
    size = len(json.dumps(value))
    return value if size <= MAX_STRING_CHARACTERS // 2 else {"left_out_characters": size}
