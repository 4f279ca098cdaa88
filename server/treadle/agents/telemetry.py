"""What Claude Code's own telemetry says of each request to the model: what it cost, and its tokens.

It comes as OTLP logs in JSON. Everything else in them is left unread.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from treadle.agents.lenient import JsonObject, amount, an_object, count, moment, objects, optional_text, text

REQUEST = "api_request"
PREFIX = "claude_code."
MAX_ID_CHARACTERS = 100
MAX_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    conversation_id: str
    prompt_id: str
    """Empty for what Claude Code asks of its own accord, such as a title."""
    sequence: int
    """Of all that the process has told."""
    told_at: datetime | None
    model: str | None
    cost_usd: float
    input_tokens: int
    """Also those that were written to the cache."""
    cached_tokens: int
    output_tokens: int
    duration_ms: int | None

    @property
    def key(self) -> str:
        """The same however often it is sent; another process of the same conversation counts anew, at another time."""
        told_at = self.told_at.isoformat() if self.told_at else ""
        return f"used:{self.prompt_id}:{self.sequence}:{told_at}"


def usages(body: JsonObject) -> list[Usage]:
    found = (_attributes(record) for record in _records(body) if _names_a_request(record))
    return [_usage(attributes) for attributes in found]


def _records(body: JsonObject) -> Iterator[JsonObject]:
    for resource in objects(body.get("resourceLogs")):
        for scope in objects(resource.get("scopeLogs")):
            yield from objects(scope.get("logRecords"))


def _names_a_request(record: JsonObject) -> bool:
    return text(_value(an_object(record.get("body")))).removeprefix(PREFIX) == REQUEST


def _attributes(record: JsonObject) -> dict[str, object]:
    attributes = objects(record.get("attributes"))
    return {text(each.get("key")): _value(an_object(each.get("value"))) for each in attributes}


def _value(value: JsonObject) -> object:
    """OTLP writes whole numbers as texts, and Claude Code writes some of its numbers as texts of its own."""
    found = next((value[key] for key in ("stringValue", "intValue", "doubleValue", "boolValue") if key in value), None)
    if "intValue" in value and isinstance(found, str):
        return _number(found)
    return found


def _number(digits: object) -> object:
    return int(digits) if isinstance(digits, str) and digits.isdecimal() and len(digits) <= MAX_DIGITS else digits


def _usage(attributes: JsonObject) -> Usage:
    def whole(key: str) -> int:
        return count(_number(attributes.get(key)))

    return Usage(
        conversation_id=text(attributes.get("session.id"))[:MAX_ID_CHARACTERS],
        prompt_id=text(attributes.get("prompt.id"))[:MAX_ID_CHARACTERS],
        sequence=whole("event.sequence"),
        told_at=moment(attributes.get("event.timestamp")),
        model=optional_text(attributes.get("model")),
        cost_usd=max(0.0, amount(attributes.get("cost_usd")) or 0.0) or whole("cost_usd_micros") / 1_000_000,
        input_tokens=whole("input_tokens") + whole("cache_creation_tokens"),
        cached_tokens=whole("cache_read_tokens"),
        output_tokens=whole("output_tokens"),
        duration_ms=whole("duration_ms") or None,
    )
