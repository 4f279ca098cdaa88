"""What a runner finds in a session's past."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import ScriptedPeer
from treadle.client.connection import Connection
from treadle.runner.history import begun_conversation

STARTED = {"eventType": "conversation_started", "data": {"conversation_id": "c-1"}}
EDITED = {"eventType": "session_status_changed", "data": {"action": "edited"}}
TAKEN_OVER = {"eventType": "session_status_changed", "data": {"action": "taken_over"}}


@pytest.fixture
def events() -> list[Any]:
    """The newest first, as they are asked for."""
    return []


@pytest.fixture
def connection(tmp_path: Path, events: list[Any]) -> Iterator[Connection]:
    def answer(method: str, params: dict[str, Any]) -> Any:
        assert (method, params["interactionId"], params["descending"]) == ("session/getEvents", "i", True)
        return {"data": events}

    with (
        ScriptedPeer(tmp_path / "s", answer) as peer,
        Connection(peer.connect, client_name="test", timeout=5) as connection,
    ):
        yield connection


@pytest.mark.parametrize(
    ("past", "announced", "found"),
    [
        ([], None, None),
        ([], "c-2", "c-2"),
        ([STARTED], None, "c-1"),
        ([STARTED], "c-2", "c-2"),
        ([TAKEN_OVER, STARTED], None, "c-1"),
        ([STARTED, EDITED], None, "c-1"),
        ([EDITED, STARTED], None, None),
        ([EDITED, STARTED], "c-2", None),
        ([TAKEN_OVER, EDITED, STARTED], "c-2", None),
        ([TAKEN_OVER], "c-2", "c-2"),
    ],
)
def test_an_interrupted_conversation_goes_on_unless_its_command_was_changed_since(
    connection: Connection, events: list[Any], past: list[Any], announced: str | None, found: str | None
) -> None:
    events += past
    assert begun_conversation(connection, 1, "i", announced=announced) == found
