"""`treadle delete N`: a session with all below it goes for good, and its record with it."""

import argparse

from treadle.agents.lenient import JsonObject, an_object, count, optional_text, text
from treadle.cli.asking import person
from treadle.cli.options import add_data_dir, add_json, add_session, connection_of, print_json
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.client.pages import every
from treadle.client.tables import printable

PAGE = 200
MAX_SHOWN = 50
"""Of the sessions below it, before the question."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """The record goes: steps, results, events, outputs that no other session has. What was made stays:
files, branches, commits. To end a session and keep its record: treadle cancel."""
    add_session(parser)
    parser.add_argument("--yes", action="store_true", help="delete without asking")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        asked = {"sessionId": arguments.session, "limit": 1}
        session = an_object(connection.call("session/get", asked).get("session"))
        if not arguments.yes:
            _ask(connection, session)
        answer = _delete(connection, arguments.session)
    if arguments.json:
        print_json(answer)
        return ExitCode.DONE
    deleted = answer.get("deletedIds")
    print(_done(arguments.session, len(deleted) - 1 if isinstance(deleted, list) else 0))
    if branch := text(an_object(session.get("state")).get("branch")):
        print(f"Its branch {printable(branch)} stays as it is.")
    return ExitCode.DONE


def _ask(connection: Connection, session: JsonObject) -> None:
    """:raises ClientError: nobody can be asked, or the answer is no"""
    ask = person()
    if ask is None:
        raise ClientError("Without a terminal to ask on, treadle delete needs --yes.", ExitCode.USAGE)
    below = _below(connection, session)
    lines = [_described(session), *(f"  {_described(each)}" for each in below[:MAX_SHOWN])]
    if len(below) > MAX_SHOWN:
        lines.append(f"  … and {len(below) - MAX_SHOWN:,} more")
    and_below = {0: "", 1: " and the one below it"}.get(len(below), f" and the {len(below):,} below it")
    if not ask("\n".join([*lines, f"Delete session {session.get('id')}{and_below} for good?"])):
        raise ClientError("Nothing was deleted.", ExitCode.USAGE)


def _below(connection: Connection, session: JsonObject) -> list[JsonObject]:
    """Its children, each followed by its own; a tree may be deeper than Python calls itself."""
    found: list[JsonObject] = []
    to_visit = [session]
    while to_visit:
        one = to_visit.pop()
        found.append(one)
        params = {"parentSessionId": one.get("id"), "limit": PAGE}
        to_visit += reversed(list(every(connection, "session/list", params)))
    return found[1:]


def _described(session: JsonObject) -> str:
    title = f": {text(session.get('title'))}" if session.get("title") else ""
    steps, events = count(session.get("interactionCount")), count(session.get("eventCount"))
    amounts = f"{_many(steps, 'step')} and {_many(events, 'event')}"
    return printable(f"Session {session.get('id')}  {session.get('type')}{title}  ({session.get('status')}, {amounts})")


def _many(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def _delete(connection: Connection, session_id: int) -> JsonObject:
    """:raises ClientError: somebody runs it, or one below it"""
    try:
        return connection.call("session/delete", {"sessionId": session_id})
    except RemoteError as error:
        if error.code == "session_not_found":
            # It was there a moment ago. Perhaps the daemon was lost before its answer came, and was asked twice.
            return {"deletedIds": [session_id], "purged": False}
        if error.code != "claimed":
            raise
        holder = optional_text(error.details.get("clientName")) or "another client"
        run = f"Session {error.details.get('sessionId')} is being run by {holder}; stop that first."
        raise ClientError(run, ExitCode.CLAIMED) from error


def _done(session_id: int, below: int) -> str:
    if not below:
        return f"Session {session_id} is deleted."
    others = "the one below it" if below == 1 else f"the {below} below it"
    return f"Session {session_id} and {others} are deleted."
