"""What of a change of the protocol would break a client that was written before it.

Two documents as in `docs/protocol.schema.json` go in, sentences come out. The rules:

- A request that was right stays right and means the same: no method, member or enum value goes away, no member becomes
  required, no type or limit becomes narrower, no default changes.
- An answer or notice that could be read can still be read: no member goes away, nothing may be of a further type, null
  included. Members may come: clients ignore what they do not know. Enum values may come too: clients take one that
  they do not know for something else of its kind. The other way would end every older client for each new event type.
- An error keeps its number. Codes and notices may come, not go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

Schema = Mapping[str, Any]

LOWER_LIMITS = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_LIMITS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
SHAPES = ("pattern", "format", "contentEncoding")


class Direction(Enum):
    TO_DAEMON = "to the daemon"
    TO_CLIENT = "to the client"


@dataclass(frozen=True, slots=True)
class _Side:
    """One schema node, and where its references lead."""

    node: Schema
    definitions: Mapping[str, Schema]
    name: str = ""
    """Of the definition that it is."""

    def of(self, node: Schema) -> "_Side":
        return _Side(node, self.definitions)

    def options(self) -> "list[_Side]":
        """The types that a value may be of, none of them a reference or a choice."""
        if (reference := self.node.get("$ref")) is not None:
            name = str(reference).rpartition("/")[2]
            return _Side(self.definitions[name], self.definitions, name).options()
        if "anyOf" in self.node:
            return [option for each in self.node["anyOf"] for option in self.of(each).options()]
        return [self]

    @property
    def kind(self) -> str:
        if "properties" in self.node:
            return "object"
        if "const" in self.node or "enum" in self.node:
            return "enum"
        kind = str(self.node.get("type", "any"))
        return "map" if kind == "object" and self.node.get("additionalProperties", False) is not False else kind

    @property
    def values(self) -> list[object]:
        return list(self.node["enum"]) if "enum" in self.node else [self.node["const"]]


def breaking(old: Schema, new: Schema) -> list[str]:
    """One sentence for each thing that an older client would stumble over; none: the change is additive."""
    return [*_methods(old, new), *_notices(old, new), *_errors(old, new)]


def _methods(old: Schema, new: Schema) -> Iterator[str]:
    for name, method in old["methods"].items():
        if name not in new["methods"]:
            yield f"{name}: the method is gone."
            continue
        for part, direction in (("params", Direction.TO_DAEMON), ("response", Direction.TO_CLIENT)):
            sides = _Side(method[part], old["definitions"]), _Side(new["methods"][name][part], new["definitions"])
            yield from _compared(*sides, direction, f"{name} {part}", frozenset())


def _notices(old: Schema, new: Schema) -> Iterator[str]:
    for name, notice in old["notifications"].items():
        if name not in new["notifications"]:
            yield f"{name}: the notice is gone."
            continue
        sides = (
            _Side(notice["params"], old["definitions"]),
            _Side(new["notifications"][name]["params"], new["definitions"]),
        )
        yield from _compared(*sides, Direction.TO_CLIENT, name, frozenset())


def _errors(old: Schema, new: Schema) -> Iterator[str]:
    for code, number in old["errorCodes"].items():
        if code not in new["errorCodes"]:
            yield f"error {code}: the code is gone."
        elif new["errorCodes"][code] != number:
            yield f"error {code}: its number was {number} and is {new['errorCodes'][code]}."


def _compared(
    old: _Side, new: _Side, direction: Direction, path: str, seen: frozenset[tuple[str, str]]
) -> Iterator[str]:
    narrow, wide = (old, new) if direction is Direction.TO_DAEMON else (new, old)
    wide_options = wide.options()
    for option in narrow.options():
        matching = [one for one in wide_options if _may_hold(one, option)]
        if not matching:
            verb = "does not take" if direction is Direction.TO_DAEMON else "may now be"
            yield f"{path}: {verb} {_named(option)}{' any more' if direction is Direction.TO_DAEMON else ''}."
            continue
        before, after = (option, matching[0]) if direction is Direction.TO_DAEMON else (matching[0], option)
        yield from _same_kind(before, after, direction, path, seen)


def _may_hold(wide: _Side, narrow: _Side) -> bool:
    if wide.kind in ("any", narrow.kind):
        return True
    if narrow.kind == "enum" and wide.kind == "string":
        return all(isinstance(value, str) for value in narrow.values)
    return narrow.kind == "integer" and wide.kind == "number"


def _same_kind(
    old: _Side, new: _Side, direction: Direction, path: str, seen: frozenset[tuple[str, str]]
) -> Iterator[str]:
    if old.name and (old.name, new.name) in seen:
        return
    seen = seen | {(old.name, new.name)}
    if direction is Direction.TO_DAEMON:
        yield from _values_gone(old, new, path)
        yield from _limits_tightened(old.node, new.node, path)
    yield from _shape_changed(old.node, new.node, direction, path)
    if old.kind == new.kind == "object":
        yield from _members(old, new, direction, path, seen)
    elif old.kind == new.kind == "array":
        yield from _compared(old.of(old.node["items"]), new.of(new.node["items"]), direction, f"{path}[]", seen)
    elif old.kind == new.kind == "map":
        values = [side.node["additionalProperties"] for side in (old, new)]
        if all(isinstance(value, Mapping) for value in values):
            yield from _compared(old.of(values[0]), new.of(values[1]), direction, f"{path}{{}}", seen)


def _members(
    old: _Side, new: _Side, direction: Direction, path: str, seen: frozenset[tuple[str, str]]
) -> Iterator[str]:
    before, after = old.node["properties"], new.node["properties"]
    required_before, required_after = set(old.node.get("required", ())), set(new.node.get("required", ()))
    for name in before:
        if name not in after:
            yield f"{path}.{name}: the member is gone."
            continue
        if direction is Direction.TO_CLIENT and name in required_before - required_after:
            yield f"{path}.{name}: may now be left out."
        if direction is Direction.TO_DAEMON and name not in required_before | required_after:
            yield from _default_changed(before[name], after[name], f"{path}.{name}")
        yield from _compared(old.of(before[name]), new.of(after[name]), direction, f"{path}.{name}", seen)
    if direction is Direction.TO_DAEMON:
        for name in sorted(required_after - required_before):
            yield f"{path}.{name}: is now required."


def _default_changed(old: Schema, new: Schema, path: str) -> Iterator[str]:
    if old.get("default") != new.get("default"):
        yield f"{path}: the default was {old.get('default')!r} and is {new.get('default')!r}."


def _values_gone(old: _Side, new: _Side, path: str) -> Iterator[str]:
    if old.kind == new.kind == "enum":
        for value in old.values:
            if value not in new.values:
                yield f"{path}: does not take {value!r} any more."


def _limits_tightened(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for names, is_tighter in ((LOWER_LIMITS, _is_higher), (UPPER_LIMITS, _is_lower)):
        for name in names:
            if name in new and (name not in old or is_tighter(new[name], old[name])):
                yield f"{path}: {name} was {old.get(name, 'not limited')} and is {new[name]}."


def _is_higher(new: float, old: float) -> bool:
    return new > old


def _is_lower(new: float, old: float) -> bool:
    return new < old


def _shape_changed(old: Schema, new: Schema, direction: Direction, path: str) -> Iterator[str]:
    """A shape that is new narrows; one that is gone widens."""
    for name in SHAPES:
        guarded = new if direction is Direction.TO_DAEMON else old
        if name in guarded and old.get(name) != new.get(name):
            yield f"{path}: its {name} was {old.get(name, 'any')} and is {new.get(name, 'any')}."


def _named(side: _Side) -> str:
    return f"one of {side.values}" if side.kind == "enum" else side.kind
