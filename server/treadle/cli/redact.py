"""`treadle redact`: takes secrets out of what is stored already."""

import argparse
import sys
from collections import Counter
from dataclasses import dataclass, field

from treadle.agents.lenient import JsonObject, an_object, count, text
from treadle.cli.numbers import session_number
from treadle.cli.options import add_data_dir, add_json, connection_of, print_json
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.pages import every
from treadle.client.tables import printable

PAGE = 200
SECONDS = 3_600.0
"""For one session, or for the files: they may be large."""


@dataclass(slots=True)
class _Total:
    sessions: int = 0
    """That hold secrets."""
    rows: int = 0
    outputs: int = 0
    secrets: Counter[str] = field(default_factory=Counter)

    def add(self, answer: JsonObject) -> None:
        self.rows += count(answer.get("rows"))
        self.outputs += count(answer.get("outputs"))
        self.sessions += bool(answer.get("rows") or answer.get("outputs"))
        self.secrets.update({kind: count(number) for kind, number in an_object(answer.get("secrets")).items()})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = """What is stored from now on has no secrets anyway; this is for what was stored before a kind of
secret was known, before the project named its own, or while redaction was off. Sessions that run go on. Ctrl-C
breaks it off: what is done is done, and the next time finds the rest."""
    parser.add_argument("--session", type=session_number, metavar="N", help="only this session (default: all)")
    parser.add_argument("--dry-run", action="store_true", help="only count, by kind")
    parser.add_argument(
        "--vacuum",
        action="store_true",
        help="also write the database file anew, without what was removed from it before; everybody waits meanwhile",
    )
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        total, finished = _swept(connection, arguments)
        files: JsonObject = {}
        if not arguments.dry_run and (total.rows or total.outputs or arguments.vacuum):
            files = connection.call("daemon/compact", {"rewrite": arguments.vacuum}, timeout=SECONDS)
    if arguments.json:
        print_json(
            {
                "sessions": total.sessions,
                "rows": total.rows,
                "outputs": total.outputs,
                "secrets": total.secrets,
                **files,
            }
        )
    else:
        print("\n".join(_lines(total, files, dry_run=arguments.dry_run)))
    if not finished:
        raise ClientError("The daemon stopped before all was looked through; run it again.", ExitCode.DAEMON)
    return ExitCode.DONE


def _swept(connection: Connection, arguments: argparse.Namespace) -> tuple[_Total, bool]:
    wanted = [arguments.session] if arguments.session is not None else _all(connection)
    shows = sys.stderr.isatty() and not arguments.json
    total = _Total()
    for place, session_id in enumerate(wanted, 1):
        if shows:
            print(f"\rSession {session_id} ({place} of {len(wanted)}) ", end="", file=sys.stderr, flush=True)
        asked = {"sessionId": session_id, "dryRun": arguments.dry_run}
        answer = connection.call("session/redact", asked, timeout=SECONDS)
        total.add(answer)
        if not answer.get("finished"):
            return total, False
    if shows:
        print(file=sys.stderr)
    return total, True


def _all(connection: Connection) -> list[int]:
    return [count(session.get("id")) for session in every(connection, "session/list", {"limit": PAGE})]


def _lines(total: _Total, files: JsonObject, *, dry_run: bool) -> list[str]:
    if not total.rows and not total.outputs:
        lines = ["No secret was found."]
    else:
        done = "would be" if dry_run else "were"
        many = f"{_many(total.rows, 'row')} and {_many(total.outputs, 'output')} of {_many(total.sessions, 'session')}"
        kinds = (f"  {printable(kind)}: {number:,}" for kind, number in total.secrets.most_common())
        lines = [f"{_many(total.secrets.total(), 'secret')} {done} replaced, in {many}:", *kinds]
    if files and not files.get("logEmptied"):
        lines.append("The write-ahead log may still hold what was replaced: somebody reads it. Run it again later.")
    backups = files.get("backups")
    if isinstance(backups, list) and backups:
        lines.append("Copies from before upgrades stay as they are; delete them if you need them no more:")
        lines += [f"  {printable(text(each))}" for each in backups]
    return lines


def _many(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"
