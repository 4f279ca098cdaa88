"""What a runner needs to know of a session's past."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from treadle.agents.lenient import JsonObject, an_object, moment, objects, optional_text, text
from treadle.client.connection import Connection
from treadle.client.pages import every
from treadle.runner.agent_inbox import Deed
from treadle.runner.agent_messages import SAID, Saying


def last_sent_at(connection: Connection, session_id: int) -> datetime | None:
    """Times go on increasing, even when the clock was set back between two runs."""
    latest = _latest(connection, {"sessionId": session_id, "order": "sentAt"})
    return moment(latest.get("sentAt"))


def latest_conversation(connection: Connection, session_id: int) -> str | None:
    """The agent's conversation that was begun last."""
    params = {"sessionId": session_id, "eventTypes": ["conversation_started"], "order": "id"}
    latest = _latest(connection, params)
    return optional_text(an_object(latest.get("data")).get("conversation_id"))


def begun_conversation(
    connection: Connection, session_id: int, interaction_id: str, *, announced: str | None
) -> str | None:
    """The conversation of an interrupted execution: the one that a killed runner had announced, else the last one.

    None when a person has changed the command since: what was begun there is another task.
    """
    params = {
        "sessionId": session_id,
        "interactionId": interaction_id,
        "eventTypes": ["conversation_started", "session_status_changed"],
        "order": "id",
        "descending": True,
    }
    for event in objects(connection.call("session/getEvents", params).get("data")):
        data = an_object(event.get("data"))
        if event.get("eventType") == "conversation_started":
            return announced or optional_text(data.get("conversation_id"))
        if data.get("action") == "edited":
            return None
    return announced


def events_of(
    connection: Connection, session_id: int, interaction_id: str, types: Sequence[str]
) -> Iterator[JsonObject]:
    """The events of one interaction that have one of these types, oldest first."""
    of_interaction = {"sessionId": session_id, "interactionId": interaction_id}
    params = {**of_interaction, "eventTypes": list(types), "order": "id", "limit": 1_000}
    return every(connection, "session/getEvents", params)


def unread_sayings(connection: Connection, session_id: int, interaction_id: str) -> list[Saying]:
    """What people said to the agent of a step that it has not read yet, oldest first."""
    types = ["session_status_changed", "conversation_message_sent"]
    said: dict[str, Saying] = {}
    for event in events_of(connection, session_id, interaction_id, types):
        if event.get("eventType") == "conversation_message_sent":
            said.pop(text(an_object(event.get("metadata")).get("message_uuid")), None)
        elif (deed := Deed.read(event)).action == SAID:
            said[deed.uid] = Saying.of(deed)
    return list(said.values())


def _latest(connection: Connection, params: Mapping[str, object]) -> Mapping[str, object]:
    answer = connection.call("session/getEvents", {**params, "descending": True, "limit": 1})
    events = objects(answer.get("data"))
    return events[0] if events else {}
