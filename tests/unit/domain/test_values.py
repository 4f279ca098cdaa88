import dataclasses

import pytest

from tests.unit.domain.sessions import INTERACTION
from treadle.domain.interaction import Interaction
from treadle.domain.session import Session
from treadle.domain.values import replaced, value_of


@pytest.mark.parametrize("kind", [Session, Interaction])
def test_what_is_copied_this_way_has_neither_slots_nor_checks(kind: type) -> None:
    assert not hasattr(kind, "__slots__")
    assert not hasattr(kind, "__post_init__")


def test_a_copy_is_what_dataclasses_would_make() -> None:
    interaction = INTERACTION
    copy = replaced(interaction, attempt=3, superseded_at=interaction.inserted_at)
    assert copy == dataclasses.replace(interaction, attempt=3, superseded_at=interaction.inserted_at)
    assert (interaction.attempt, interaction.superseded_at) == (1, None)
    with pytest.raises(dataclasses.FrozenInstanceError):
        copy.attempt = 4  # type: ignore[misc]


def test_a_field_that_there_is_not_is_refused() -> None:
    with pytest.raises(TypeError, match="Interaction has no field colour"):
        replaced(INTERACTION, colour="red")  # type: ignore[call-arg]


def test_a_value_of_all_its_fields() -> None:
    interaction = INTERACTION
    fields = {each.name: getattr(interaction, each.name) for each in dataclasses.fields(interaction)}
    assert value_of(Interaction, fields) == interaction
