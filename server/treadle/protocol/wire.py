"""The bases of every wire message: camelCase outside, snake_case inside, nothing unknown, nothing omitted."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Annotated, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, JsonValue, PlainSerializer
from pydantic.alias_generators import to_camel

from treadle.domain.times import iso

Timestamp = Annotated[AwareDatetime, PlainSerializer(iso, return_type=str, when_used="json")]
"""ISO-8601, UTC, microseconds."""

JsonObject = dict[str, JsonValue]


class Params(BaseModel):
    """What a request or notice brings. Unknown members are refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        extra="forbid",
        frozen=True,
        strict=True,
    )


SMALLEST_INTEGER, LARGEST_INTEGER = -(2**63), 2**63 - 1


def unstorable(params: Params) -> Iterator[str]:
    """The fields with an integer that the database cannot hold: JSON knows no largest one."""
    for name in _with_integers(type(params)):
        value = getattr(params, name)
        if type(value) is int and not SMALLEST_INTEGER <= value <= LARGEST_INTEGER:
            yield name
        if isinstance(value, Params):
            yield from unstorable(value)


@cache
def _with_integers(model: type[Params]) -> Sequence[str]:
    """The fields that may hold one, at least."""
    return [name for name, field in model.model_fields.items() if _may_hold_integer(field.annotation)]


def _may_hold_integer(annotation: object) -> bool:
    """An alias or a literal may be anything."""
    if parts := get_args(annotation):
        return any(map(_may_hold_integer, parts))
    return not isinstance(annotation, type) or issubclass(annotation, int | Params)


class Response(BaseModel):
    """What a request answers. Every member is always present, null included."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        validate_by_name=True,
        from_attributes=True,
        frozen=True,
        serialize_by_alias=True,
    )


class Notification(Response):
    """What a subscriber is told after a commit: a hint of ids and counts, never a body."""
