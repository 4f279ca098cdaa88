"""`treadle sessions`: the sessions, newest first."""

import argparse

from treadle.agents.lenient import JsonObject, an_object, text
from treadle.cli.numbers import positive
from treadle.cli.options import add_data_dir, add_json, connection_of, local_time, print_json
from treadle.client.errors import ExitCode
from treadle.client.pages import every
from treadle.client.tables import table, terminal_width

PAGE = 200
STATUSES = ("active", "complete", "failed", "cancelled")
"""As `SessionStatus` has them, whose module brings all of a session's values."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--status", choices=STATUSES, help="only sessions of this status")
    parser.add_argument("--project-id", type=positive, metavar="N", help="only sessions of this project")
    parser.add_argument("--limit", type=positive, default=50, metavar="N", help="at most so many (default: 50)")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    params = {"status": arguments.status, "projectId": arguments.project_id, "limit": PAGE}
    with connection_of(arguments) as connection:
        sessions = list(every(connection, "session/list", params, most=arguments.limit))
        asking = {session.get("id") for session in sessions if session.get("openAskCount")}
        asks = [ask for ask in every(connection, "ask/list", {}) if ask.get("sessionId") in asking] if asking else []
    if arguments.json:
        print_json(sessions)
    elif not sessions:
        print("There are no sessions; treadle run --help says how to begin one.")
    else:
        rows = [_row(session) for session in sessions]
        print(
            table(["ID", "TYPE", "STATUS", "STEP", "STEPS", "EVENTS", "BEGUN", "TITLE"], rows, width=terminal_width())
        )
        if asks:
            # Takes a while to load.
            from treadle.cli.ask_texts import told

            print("\n".join(["", *told(asks, arguments.data_dir)]))
    return ExitCode.DONE


def _row(session: JsonObject) -> list[object]:
    pending = an_object(session.get("pendingInteraction"))
    status = "paused" if session.get("pausedAt") else session.get("status")
    asks = " (asks)" if session.get("openAskCount") else ""
    step = text(pending.get("step")) + (" (interrupted)" if pending.get("interrupted") else asks)
    counts = (session.get("interactionCount"), session.get("eventCount"))
    begun = local_time(session.get("insertedAt"))
    return [session.get("id"), session.get("type"), status, step, *counts, begun, session.get("title")]
