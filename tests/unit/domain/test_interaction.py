from dataclasses import replace
from datetime import timedelta

import pytest

from tests.factories import START, make_result
from treadle.domain.command import Command
from treadle.domain.interaction import CLAIM_LEASE, Claim, Interaction
from treadle.domain.result import ResultStatus

SECOND = timedelta(seconds=1)
CLAIM = Claim(client_id="me", client_name=None, claimed_at=START, expires_at=START + CLAIM_LEASE)
INTERACTION = Interaction(
    id="i",
    session_id=1,
    position=1,
    attempt=1,
    command=Command(id="c", module="write", command="claude", timestamp=START),
    inserted_at=START,
)


@pytest.mark.requirement("interaction.pending", "interaction.completed", "step.names-the-command")
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (None, (True, False)),
        (ResultStatus.PENDING, (True, False)),
        (ResultStatus.OK, (False, True)),
        (ResultStatus.WARNING, (False, True)),
        (ResultStatus.ERROR, (False, True)),
    ],
)
def test_what_a_result_makes_of_it(status: ResultStatus | None, expected: tuple[bool, ...]) -> None:
    interaction = replace(INTERACTION, result=None if status is None else make_result(status))
    assert (interaction.is_pending, interaction.is_completed) == expected
    assert interaction.step == "write"


@pytest.mark.requirement("interaction.pending")
def test_superseded_is_not_pending() -> None:
    assert not replace(INTERACTION, superseded_at=START).is_pending


@pytest.mark.requirement("claim.heartbeat", "claim.interrupted")
def test_a_claim_lives_until_its_lease_ends() -> None:
    claimed = replace(INTERACTION, claim=CLAIM)
    last = START + CLAIM_LEASE - SECOND
    assert claimed.is_held_by_another("you", last)
    assert not claimed.is_held_by_another("me", last)
    assert not claimed.is_interrupted(last)
    assert not claimed.is_held_by_another("you", START + CLAIM_LEASE)
    assert claimed.is_interrupted(START + CLAIM_LEASE)
    assert not INTERACTION.is_interrupted(START)
    assert not replace(claimed, result=make_result()).is_interrupted(START + CLAIM_LEASE)
