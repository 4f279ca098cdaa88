"""Copies of frozen values that are made with every request.

`dataclasses.replace` reads every field and sets every field again: of a session, that takes ten times as long as all
the rest of storing an event in it. These copy the dictionary instead, so they are for dataclasses without slots; what
`__post_init__` would check is not checked.
"""

from typing import TYPE_CHECKING, Any, TypeVar

__all__ = ["replaced", "value_of"]

T = TypeVar("T")

if TYPE_CHECKING:
    # Checked as what it stands in for: the names of the fields and their types.
    from dataclasses import replace as replaced
else:

    def replaced(value, /, **changes):
        """A copy with some fields changed."""
        known = value.__dict__
        if not changes.keys() <= known.keys():
            raise TypeError(f"{type(value).__name__} has no field {min(changes.keys() - known.keys())}")
        return value_of(type(value), {**known, **changes})


def value_of(kind: type[T], fields: dict[str, Any]) -> T:
    """The value that has these fields, all of them; the dictionary becomes its own."""
    value = object.__new__(kind)
    object.__setattr__(value, "__dict__", fields)
    return value
