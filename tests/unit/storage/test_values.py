from types import MappingProxyType

import pytest

from treadle.domain.errors import InvalidValueError
from treadle.storage.values import byte_size, json_object, json_text


@pytest.mark.parametrize(("text", "size"), [("", 0), ("abc", 3), ("é", 2), ("a😀", 5)])
def test_a_size_is_in_bytes(text: str, size: int) -> None:
    assert byte_size(text) == size


def test_frozen_maps_and_sets_are_json_too() -> None:
    value = {"a": MappingProxyType({"b": (1, 2)}), "c": frozenset({"y", "x"})}
    assert json_object(json_text(value)) == {"a": {"b": [1, 2]}, "c": ["x", "y"]}


@pytest.mark.parametrize("value", [object(), 2**64, "\ud800", {1: 2}])
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(InvalidValueError):
        json_text({"value": value})
