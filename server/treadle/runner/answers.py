"""Which answer a question was given, as the record has it."""

from collections.abc import Callable, Mapping

from treadle.agents.lenient import JsonObject, an_object, objects, text
from treadle.client.tables import printable
from treadle.domain.event import EventType

Ask = Callable[[str, Mapping[str, object]], Mapping[str, object]]


def latest_answer(ask: Ask, session_id: object, interaction_id: str | None = None) -> JsonObject | None:
    """`data` of the event; None when no answer was given."""
    params = {
        "sessionId": session_id,
        "interactionId": interaction_id,
        "eventTypes": [EventType.SESSION_STATUS_CHANGED.value],
        "order": "id",
        "descending": True,
    }
    events = [an_object(event.get("data")) for event in objects(ask("session/getEvents", params).get("data"))]
    return next((data for data in events if data.get("action") == "answered"), None)


def told(answer: JsonObject) -> str:
    """As a sentence ends."""
    by = an_object(answer.get("by"))
    who = text(by.get("client_name")) or text(by.get("client_id")) or "somebody"
    comment = text(answer.get("comment"))
    return printable(f"{text(answer.get('answer'))}, by {who}{f': {comment}' if comment else ''}")


def told_answer(ask: Ask, session_id: int, interaction_id: str) -> str:
    answer = latest_answer(ask, session_id, interaction_id)
    return "The question stands no more." if answer is None else f"Answered elsewhere: {told(answer)}"
