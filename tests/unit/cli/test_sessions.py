from treadle.cli.sessions import STATUSES
from treadle.domain.session import SessionStatus


def test_every_status_can_be_asked_for() -> None:
    assert tuple(status.value for status in SessionStatus) == STATUSES
