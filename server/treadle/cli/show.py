"""`treadle show N`: one session with its steps and their results, and the sessions below it."""

import argparse

from treadle.agents.lenient import an_object, text
from treadle.cli.ask_texts import asks_text
from treadle.cli.child_sessions import children_of, children_text
from treadle.cli.options import add_data_dir, add_json, add_session, connection_of, local_time, print_json
from treadle.cli.terminal_sources import sources_of, sources_text
from treadle.client.connection import Connection
from treadle.client.errors import ExitCode
from treadle.client.tables import printable, terminal_width
from treadle.runner.answers import asks_a_person, open_asks
from treadle.runner.summary import Summary, summarise, whole_session
from treadle.runner.summary_table import look_further, said_by_steps, summary_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_session(parser)
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        if arguments.json:
            session, interactions = whole_session(connection, arguments.session)
            children = children_of(connection, arguments.session)
            sources = sources_of(connection, arguments.session)
            print_json({"session": session, "interactions": interactions, "sources": sources, "children": children})
            return ExitCode.DONE
        summary = summarise(connection, arguments.session)
        asks = list(open_asks(connection.call, arguments.session)) if summary.session.get("openAskCount") else []
        below = _below(connection, arguments.session)
        heard = sources_text(sources_of(connection, arguments.session))
    print("\n".join(filter(None, (_head(summary), heard))))
    if asks:
        print("\n".join(["", asks_text(asks, arguments.data_dir)]))
    print()
    print(summary_text(summary, width=terminal_width()))
    if below:
        print("\n".join(["", "Sessions below it:", below]))
    if said := said_by_steps(summary.steps):
        print("\n".join(["", "What the steps said:", *(f"  {line}" for line in said)]))
    print()
    print(look_further(arguments.session, summary.standing, arguments.data_dir, shown=True))
    return ExitCode.DONE


def _below(connection: Connection, session_id: int) -> str:
    """Empty of a session without children."""
    children = children_of(connection, session_id)
    if not children:
        return ""
    _, interactions = whole_session(connection, session_id)
    return children_text(connection, children, interactions, width=terminal_width())


def _head(summary: Summary) -> str:
    session = summary.session
    title = f": {printable(text(session.get('title')))}" if session.get("title") else ""
    how = f"{session.get('environment')}, {session.get('executionMode')}"
    lines = [f"Session {session.get('id')}  {session.get('type')}{title}  ({how})"]
    count = session.get("eventCount")
    events = "1 event" if count == 1 else f"{count} events"
    lines.append(f"{summary.standing}, begun {local_time(session.get('insertedAt'))}, {events}")
    if session.get("failureReason"):
        lines.append(printable(text(session.get("failureReason"))))
    pending = an_object(session.get("pendingInteraction"))
    claim = an_object(pending.get("claim"))
    if pending and session.get("status") == "active":
        waiting = "waits for an answer" if asks_a_person(pending) else "waiting"
        holder = "interrupted" if pending.get("interrupted") else text(claim.get("clientName")) or waiting
        lines.append(f"next step: {pending.get('step')} ({printable(holder)})")
    return "\n".join(lines)
