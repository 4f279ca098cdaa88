"""An event as an agent's messages give it: the client adds uid, time, session and interaction."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from treadle.agents.lenient import LARGEST
from treadle.domain.event import EventType

MAX_STRING_CHARACTERS = 64 * 1024
"""Of one string in an event; a longer one keeps its beginning and end, as results do."""
MAX_EVENT_CHARACTERS = 256 * 1024
"""Of a whole event as JSON; the daemon refuses more than 1 MiB."""
MAX_OUTLINED_CHARACTERS = MAX_STRING_CHARACTERS // 2
MAX_DEPTH = 50
MAX_PLACE_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class EventDraft:
    event_type: EventType
    data: dict[str, object]
    metadata: dict[str, object] | None = None
    whole: Mapping[str, str] = field(default_factory=dict)
    """What is shortened in `data`, in full, by its place (`input.content`): whoever sends the event may keep it."""


def draft(event_type: EventType, /, **data: object) -> EventDraft:
    """Values that are None are left out; what is too large is shortened and says so."""
    whole: dict[str, str] = {}
    kept = {key: portable(value, place=key, whole=whole) for key, value in data.items() if value is not None}
    if len(json.dumps(kept)) > MAX_EVENT_CHARACTERS:
        for key in [key for key, value in kept.items() if len(json.dumps(value)) > MAX_OUTLINED_CHARACTERS]:
            kept[key] = {"left_out_characters": len(json.dumps(kept[key]))}
            whole = {place: text for place, text in whole.items() if place.partition(".")[0] != key}
            uncut = portable(data[key])
            whole[key] = uncut if isinstance(uncut, str) else json.dumps(uncut, ensure_ascii=False)
    return EventDraft(event_type, kept, whole=whole)


def portable(value: object, *, depth: int = 0, place: str = "", whole: dict[str, str] | None = None) -> object:
    """The value as every JSON reader takes it: no lone surrogates, no endless numbers or depths.

    With `whole`, long strings are shortened, and kept in it.
    """
    if isinstance(value, str):
        return _portable_text(value, place, whole)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > LARGEST:
        return None
    if depth > MAX_DEPTH and isinstance(value, dict | list):
        return "[nested too deeply]"
    if isinstance(value, dict):
        return {
            _shortened(_text(str(key))): portable(item, depth=depth + 1, place=f"{place}.{key}", whole=whole)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [
            portable(item, depth=depth + 1, place=f"{place}.{index}", whole=whole) for index, item in enumerate(value)
        ]
    return value


def _portable_text(value: str, place: str, whole: dict[str, str] | None) -> str:
    value = _text(value)
    if whole is None or len(value) <= MAX_STRING_CHARACTERS:
        return value
    whole[_text(place)[:MAX_PLACE_CHARACTERS]] = value
    return _shortened(value)


def _text(value: str) -> str:
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _shortened(value: str) -> str:
    if len(value) <= MAX_STRING_CHARACTERS:
        return value
    half = MAX_STRING_CHARACTERS // 2
    return f"{value[:half]}\n[… {len(value) - 2 * half} characters left out …]\n{value[-half:]}"
