"""What is asked, and what has become of it."""

from collections.abc import Callable, Iterator, Mapping

from treadle.agents.lenient import JsonObject, an_object, objects, text
from treadle.client.tables import printable
from treadle.domain.command import ASK
from treadle.runner.question import Question

Call = Callable[[str, Mapping[str, object]], Mapping[str, object]]

PAGE = 500


def open_asks(call: Call, session_id: int | None = None) -> Iterator[JsonObject]:
    """Oldest first."""
    cursor: object = None
    while True:
        answer = call("ask/list", {"sessionId": session_id, "cursor": cursor, "limit": PAGE})
        yield from objects(answer.get("data"))
        cursor = answer.get("nextCursor")
        if not cursor:
            return


def question_of_step(call: Call, session_id: int, interaction_id: str) -> Question | None:
    """What a step with the command `ask` asks; None when it is closed."""
    asks = (ask for ask in open_asks(call, session_id) if is_of_step(ask))
    return next((Question.of(ask) for ask in asks if ask.get("interactionId") == interaction_id), None)


def is_of_step(ask: JsonObject) -> bool:
    """Whether answering it ends a step."""
    return ask.get("uid") == ask.get("interactionId")


def asks_a_person(interaction: JsonObject) -> bool:
    return an_object(interaction.get("command")).get("command") == ASK


def outcome(ask: JsonObject) -> str:
    """Of a closed one, as a sentence ends."""
    match ask.get("status"):
        case "answered":
            comment = f": {text(ask.get('comment'))}" if ask.get("comment") else ""
            told = f"answered: {text(ask.get('answer'))}, by {text(ask.get('answeredBy'))}{comment}"
        case "withdrawn":
            told = f"withdrawn: {text(ask.get('reason')).removesuffix('.')}"
        case "expired":
            told = "not answered in time" + (f": {text(ask.get('answer'))}" if ask.get("answer") else "")
        case status:
            told = text(status)
    return printable(told)
