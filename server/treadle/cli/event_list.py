"""Every event of a session in a line of its own: when, what kind, and the most telling of its data."""

from treadle.agents.lenient import JsonObject, an_object, text
from treadle.cli.options import local_clock
from treadle.client.tables import printable, terminal_width
from treadle.domain.event import EventType

PIPE_WIDTH = 200
"""Of a line that goes to a file or a pipe; `--json` gives the whole."""
TELLING = (
    *("path", "command", "text", "summary", "message", "error", "content"),
    *("agent_status", "interrupted", "exit_code", "conversation_id"),
)
"""The first of these that an event's data has says most about it."""
CLOCK_WIDTH = len("23:59:59.999")
KIND_WIDTH = max(len(kind) for kind in EventType)
NAMED = {
    "error": "the model's API failed:",
    "agent_status": "the agent is",
    "exit_code": "exit code",
    "conversation_id": "conversation",
}


def line_of(event: JsonObject) -> str:
    kind = text(event.get("eventType"))
    said = _said(kind, an_object(event.get("data")))
    time = local_clock(event.get("sentAt"))
    line = f"{time:<{CLOCK_WIDTH}}  {kind:<{KIND_WIDTH}}  {printable(' '.join(said.split()))}".rstrip()
    width = terminal_width() or PIPE_WIDTH
    return line if len(line) <= width else line[: width - 1] + "…"


def _said(kind: str, data: JsonObject) -> str:
    by = an_object(data.get("by"))
    if by and data.get("action"):
        return _done_by_person(data, by)
    key = next((key for key in TELLING if data.get(key) not in (None, "") and data[key] is not False), "")
    value = key if data.get(key) is True else str(data.get(key, ""))
    words = (text(data.get("tool")) if kind.startswith("tool_") else "", NAMED.get(key, ""), value)
    return " ".join(word for word in words if word)


def _done_by_person(data: JsonObject, by: JsonObject) -> str:
    done = text(data.get("action")).replace("_", " ")
    held = an_object(data.get("from"))
    words = f"{done} from {_client(held)} by {_client(by)}" if held else f"{done} by {_client(by)}"
    more = next((told for key in ("reason", "note", "new_mode", "answer", "step") if (told := text(data.get(key)))), "")
    comment = text(data.get("comment"))
    return ", ".join(part for part in (f"{words}: {more}" if more else words, comment) if part)


def _client(named: JsonObject) -> str:
    return text(named.get("client_name")) or text(named.get("client_id"))
