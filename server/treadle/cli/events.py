"""`treadle events N`: what happened in a session, in order; with --follow, also what happens from now on."""

import argparse
from collections.abc import Iterator, Mapping

from treadle.agents.lenient import JsonObject, an_object, count, text
from treadle.cli.numbers import positive
from treadle.cli.options import add_data_dir, add_json, add_session, client_name, connection_of, local_clock
from treadle.client.channel import ConnectionLostError
from treadle.client.connection import Connection
from treadle.client.errors import ExitCode
from treadle.client.json_texts import in_one_line
from treadle.client.locations import Locations
from treadle.client.pages import Entry, every
from treadle.client.tables import printable, terminal_width
from treadle.domain.event import EventType
from treadle.domain.transitions import TERMINAL_ERRORS

PAGE = 500
PIPE_WIDTH = 200
"""Of a line that goes to a file or a pipe; `--json` gives the whole."""
TELLING = (
    *("path", "command", "text", "summary", "message", "error", "content"),
    *("agent_status", "interrupted", "exit_code", "conversation_id"),
)
"""The first of these that an event's data has says most about it."""
LOST_NOTICES = "session/didLoseNotices"
CLOCK_WIDTH = len("23:59:59.999")
KIND_WIDTH = max(len(kind) for kind in EventType)
NAMED = {
    "error": "the model's API failed:",
    "agent_status": "the agent is",
    "exit_code": "exit code",
    "conversation_id": "conversation",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_session(parser)
    parser.add_argument("--follow", "-f", action="store_true", help="go on until the session ends, or Ctrl-C")
    parser.add_argument(
        "--type",
        action="append",
        choices=[kind.value for kind in EventType],
        metavar="TYPE",
        help="only events of this type; may be given several times",
    )
    parser.add_argument("--interaction", metavar="ID", help="only events of this step's interaction")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most so many (not with --follow)")
    add_json(parser, "print JSON; with --follow, each event as one line")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    params: dict[str, object] = {"sessionId": arguments.session, "limit": PAGE}
    params |= {"eventTypes": arguments.type, "interactionId": arguments.interaction}
    with _connection(arguments) as connection:
        if not arguments.follow:
            events = every(connection, "session/getEvents", {**params, "order": "sentAt"}, most=arguments.limit)
        else:
            events = follow(connection, params)
        if arguments.json and not arguments.follow:
            _print_array(events)
            return ExitCode.DONE
        for event in events:
            line = in_one_line(event.text) if arguments.json else _line(event)
            print(line, flush=arguments.follow)
    return ExitCode.DONE


def _connection(arguments: argparse.Namespace) -> Connection:
    if not arguments.follow:
        return connection_of(arguments)
    return Connection.to_lasting_daemon(Locations.find(arguments.data_dir), client_name=client_name())


def _print_array(events: Iterator[Entry]) -> None:
    """Page by page: a long session's events need not fit into memory."""
    separator = "["
    for event in events:
        print(separator, in_one_line(event.text), sep="\n", end="")
        separator = ","
    print("[]" if separator == "[" else "\n]")


def follow(connection: Connection, params: Mapping[str, object]) -> Iterator[Entry]:
    """By arrival, each once. A notice only says that there is more: what there is, is asked for after the last id.

    The notices come on a connection of their own; it is opened before the first reading, so that nothing is missed.
    Whatever was missed, the reading after the last id finds it.
    """
    session_id = count(params.get("sessionId"))
    last_id = 0
    while True:
        with connection.as_client() as subscriber:
            known = subscriber.call("session/subscribe", {"afterEventId": last_id})
            # When an older database has come back, later events have ids that were given before.
            last_id = min(last_id, count(known.get("lastEventId")))
            try:
                for _ in _wakes(subscriber, session_id):
                    head = connection.call("session/get", {"sessionId": session_id, "limit": 1})
                    # After the head: what came before its end is in what is read now.
                    for event in every(connection, "session/getEvents", {**params, "order": "id", "afterId": last_id}):
                        last_id = count(event.get("id"))
                        yield event
                    if an_object(head.get("session")).get("status") in TERMINAL_ERRORS:
                        return
            except ConnectionLostError:
                continue


def _wakes(subscriber: Connection, session_id: int) -> Iterator[None]:
    """Once at the beginning, then at each notice of the session, and when notices were lost."""
    yield
    for notice in subscriber.notices():
        if notice.method == LOST_NOTICES or notice.params.get("sessionId") == session_id:
            yield


def _line(event: JsonObject) -> str:
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
