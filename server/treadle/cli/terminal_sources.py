"""Whether what happens in a session's terminal reaches the record, in a line or two."""

from collections.abc import Sequence

from treadle.agents.lenient import JsonObject, objects, text
from treadle.cli.options import local_time
from treadle.client.connection import Connection
from treadle.client.tables import printable


def sources_of(connection: Connection, session_id: int) -> list[JsonObject]:
    """Of its last terminal."""
    return objects(connection.call("session/get", {"sessionId": session_id, "limit": 1}).get("sources"))


def sources_text(sources: Sequence[JsonObject]) -> str:
    """Empty of a session that never had a terminal."""
    if not sources:
        return ""
    heard = ", ".join(text(each.get("source")) for each in sources if each.get("state") == "live")
    lines = [f"its terminal is recorded from: {printable(heard) or 'nothing yet'}"]
    missing = [told for each in sources if (told := _missing(each))]
    return "\n".join([*lines, *([f"not heard: {'; '.join(missing)}"] if missing else [])])


def _missing(source: JsonObject) -> str:
    """Empty of one that tells what it should."""
    name, last = text(source.get("source")), source.get("lastHeardAt")
    match source.get("state"):
        case "silent":
            return printable(f"{name} (silent since {local_time(last)})" if last else f"{name} (silent)")
        case "off":
            return printable(f"{name} ({text(source.get('reason'))})")
        case _:
            return ""
