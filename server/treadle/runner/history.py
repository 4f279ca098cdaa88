"""What a runner needs to know of a session's past."""

from collections.abc import Mapping
from datetime import datetime

from treadle.agents.lenient import an_object, moment, objects, optional_text
from treadle.client.connection import Connection


def last_sent_at(connection: Connection, session_id: int) -> datetime | None:
    """Times go on increasing, even when the clock was set back between two runs."""
    latest = _latest(connection, {"sessionId": session_id, "order": "sentAt"})
    return moment(latest.get("sentAt"))


def conversation_of(connection: Connection, session_id: int, interaction_id: str | None = None) -> str | None:
    """The agent's conversation that was begun last, in the session or for one interaction."""
    params = {"sessionId": session_id, "eventTypes": ["conversation_started"], "interactionId": interaction_id}
    latest = _latest(connection, {**params, "order": "id"})
    return optional_text(an_object(latest.get("data")).get("conversation_id"))


def _latest(connection: Connection, params: Mapping[str, object]) -> Mapping[str, object]:
    answer = connection.call("session/getEvents", {**params, "descending": True, "limit": 1})
    events = objects(answer.get("data"))
    return events[0] if events else {}
