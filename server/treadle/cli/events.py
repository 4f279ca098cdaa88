"""`treadle events N`: what happened in a session, in order; with --follow, also what happens from now on."""

import argparse
import os
from collections.abc import Iterable, Iterator, Mapping

from treadle.agents.lenient import JsonObject, an_object, count, text
from treadle.cli.event_list import line_of
from treadle.cli.event_story import Story
from treadle.cli.numbers import positive
from treadle.cli.options import add_data_dir, add_json, add_session, client_name, connection_of, persons_name
from treadle.cli.story_page import Page
from treadle.client.channel import ConnectionLostError
from treadle.client.connection import Connection
from treadle.client.errors import ExitCode
from treadle.client.json_texts import in_one_line
from treadle.client.locations import Locations
from treadle.client.pages import Entry, every
from treadle.client.tables import terminal_width
from treadle.domain.event import EventType
from treadle.domain.transitions import TERMINAL_ERRORS

PAGE = 500
LOST_NOTICES = "session/didLoseNotices"


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
    parser.add_argument(
        "--all", action="store_true", help="each event in a line of its own, also those of little interest"
    )
    add_json(parser, "print JSON; with --follow, each event as one line")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    params: dict[str, object] = {"sessionId": arguments.session, "limit": PAGE}
    params |= {"eventTypes": arguments.type, "interactionId": arguments.interaction}
    with _connection(arguments) as connection:
        if not arguments.follow:
            asked = {**params, "order": "sentAt"}
            events: Iterable[Entry | None] = every(connection, "session/getEvents", asked, most=arguments.limit)
        else:
            events = follow(connection, params)
        if arguments.json and not arguments.follow:
            _print_array(event for event in events if event is not None)
            return ExitCode.DONE
        for line in _lines(connection, arguments, events):
            print(line, flush=arguments.follow)
    return ExitCode.DONE


def _lines(connection: Connection, arguments: argparse.Namespace, events: Iterable[Entry | None]) -> Iterator[str]:
    if arguments.json or arguments.all or arguments.type:  # a story needs all of its events
        told = in_one_line_of if arguments.json else line_of
        yield from (told(event) for event in events if event is not None)
        return
    width = terminal_width()
    page = Page(width=width, colours=width is not None and not os.environ.get("NO_COLOR"), me=persons_name())
    is_whole = not (arguments.interaction or arguments.limit)
    story = Story(page, StepsOf(connection, arguments.session), is_whole=is_whole)
    for event in events:
        yield from story.pause() if event is None else story.tell(event)
    yield from story.end()
    if is_whole:
        head = connection.call("session/get", {"sessionId": arguments.session, "limit": 1})
        yield from story.close(an_object(head.get("session")))


def in_one_line_of(event: Entry) -> str:
    return in_one_line(event.text)


class StepsOf:
    """A session's interactions, read when one is asked for that has no result yet, or is not known."""

    def __init__(self, connection: Connection, session_id: int) -> None:
        self._connection = connection
        self._session_id = session_id
        self._known: dict[str, JsonObject] = {}

    def __call__(self, interaction_id: str) -> JsonObject:
        if not self._known.get(interaction_id, {}).get("result"):
            found = every(self._connection, "session/get", {"sessionId": self._session_id}, key="interactions")
            self._known = {text(interaction.get("id")): interaction for interaction in found}
        return self._known.get(interaction_id, {})


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


def follow(connection: Connection, params: Mapping[str, object]) -> Iterator[Entry | None]:
    """By arrival, each once; None where no more is known for now.

    A notice only says that there is more: what there is, is asked for after the last id.

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
                    yield None
            except ConnectionLostError:
                continue


def _wakes(subscriber: Connection, session_id: int) -> Iterator[None]:
    """Once at the beginning, then at each notice of the session, and when notices were lost."""
    yield
    for notice in subscriber.notices():
        if notice.method == LOST_NOTICES or notice.params.get("sessionId") == session_id:
            yield
