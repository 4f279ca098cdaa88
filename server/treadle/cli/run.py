"""`treadle run`: runs a session from here, step by step, until it is finished; or goes on with one."""

import argparse
import os
import shlex
import sys
from typing import TextIO, cast

from treadle.agents.lenient import count, text
from treadle.cli.options import add_data_dir, add_json, connection_of, print_json
from treadle.cli.run_preflight import Prepared, begin, resume
from treadle.cli.standard_streams import WatchedOutput, tell
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.locations import Locations
from treadle.client.tables import printable, terminal_width
from treadle.runner.loop import Runner
from treadle.runner.plain_display import PlainDisplay
from treadle.runner.progress import Progress
from treadle.runner.stop import Stop, StopReason, stopped_by_signals
from treadle.runner.summary import Summary, summarise
from treadle.runner.summary_table import look_further, summary_text
from treadle.runner.workbench import StoppedError

EXAMPLES = """examples:
  treadle run component_test --component Calculator
  treadle run component_coding --component Calculator --mode manual
  treadle run --session 3

exit codes: 0 complete, 1 failed or cancelled, 2 unknown type, component or session, 3 the project is not ready,
4 not trusted, 5 no agent, 6 daemon trouble, 7 somebody else runs it, 130 interrupted"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.add_argument("type", nargs="?", metavar="TYPE", help="the session type (treadle types lists them)")
    parser.add_argument("--session", type=int, metavar="N", help="go on with this session instead")
    parser.add_argument("--component", metavar="NAME", help="the component to work on, of .treadle/project.yaml")
    parser.add_argument("--project", metavar="DIR", help="a folder of the project (default: this one)")
    parser.add_argument("--trust", action="store_true", help="trust the project's present content; remembered")
    parser.add_argument("--title", metavar="TEXT", help="a title for the session")
    mode = "agentic: by itself (default); manual: asks before each step"
    parser.add_argument("--mode", choices=("manual", "agentic"), help=mode)
    where = "local: a branch and a commit of its own (default); vscode: your checkout, staged at the end"
    parser.add_argument("--environment", choices=("local", "vscode"), help=where)
    parser.add_argument("--model", metavar="NAME", help="the agent's model")
    parser.add_argument("--max-turns", type=_positive, metavar="N", help="the most turns of the agent in one step")
    parser.add_argument("--plain", action="store_true", help="plain lines instead of a live display")
    add_json(parser, "print nothing but a summary as JSON at the end")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    stop = Stop()
    with connection_of(arguments) as connection, stopped_by_signals(stop):
        prepared = resume(connection, arguments) if arguments.session else begin(connection, arguments)
        session_id = count(prepared.session.get("id"))
        progress = _progress(arguments, stop)
        try:
            progress.session_begun(prepared.session, resumed=bool(arguments.session))
            _runner(arguments, connection, prepared, progress=progress, stop=stop).run()
        except StoppedError:
            progress.close()
            return _stopped(arguments, session_id, stop)
        except (ClientError, KeyboardInterrupt):
            progress.close()
            tell(_how_to_go_on(arguments, session_id))
            raise
        finally:
            progress.close()
        summary = summarise(connection, session_id)
    return _finished(arguments, summary)


def _check(arguments: argparse.Namespace) -> None:
    if bool(arguments.type) == bool(arguments.session):
        message = "Name a session type (treadle types lists them), or a session to go on with (--session N)."
        raise ClientError(message, ExitCode.USAGE)
    beginning = ("component", "title", "environment", "model", "max_turns")
    given = [name for name in beginning if getattr(arguments, name) is not None]
    if arguments.session and given:
        option = given[0].replace("_", "-")
        raise ClientError(f"--{option} belongs to a session's beginning, not to --session.", ExitCode.USAGE)
    if arguments.mode == "manual" and (arguments.json or not sys.stdin.isatty()):
        raise ClientError("--mode manual asks before each step and needs a terminal.", ExitCode.USAGE)


def _runner(
    arguments: argparse.Namespace, connection: Connection, prepared: Prepared, *, progress: Progress, stop: Stop
) -> Runner:
    return Runner(
        connection,
        session_id=count(prepared.session.get("id")),
        project_root=prepared.root,
        locations=Locations.find(arguments.data_dir),
        progress=progress,
        stop=stop,
        consent=bool(arguments.session),
        manual=_is_manual(arguments, prepared),
    )


def _is_manual(arguments: argparse.Namespace, prepared: Prepared) -> bool:
    """Going on with a manual session asks too, if there is somebody to ask; an editor goes on without."""
    if arguments.mode is not None:
        return bool(arguments.mode == "manual")
    return prepared.session.get("executionMode") == "manual" and sys.stdin.isatty() and not arguments.json


def _progress(arguments: argparse.Namespace, stop: Stop) -> Progress:
    if arguments.json:
        return Progress()
    watched = WatchedOutput(sys.stdout, on_lost=lambda: stop.request(StopReason.INTERRUPTED))
    output = cast("TextIO", watched)
    if arguments.plain or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return PlainDisplay(output, stop=stop)
    from treadle.runner.rich_display import RichDisplay

    return RichDisplay(output, stop=stop)


def _finished(arguments: argparse.Namespace, summary: Summary) -> int:
    if arguments.json:
        print_json(summary.as_json())
    else:
        session_id = count(summary.session.get("id"))
        print(f"\n{summary_text(summary, width=terminal_width())}")
        reason = printable(text(summary.session.get("failureReason")))
        print(f"\nSession {session_id} is {summary.status}" + (f": {reason}" if reason else "."))
        print(look_further(session_id, summary.status, arguments.data_dir))
    return ExitCode.DONE if summary.status == "complete" else ExitCode.SESSION_FAILED


def _stopped(arguments: argparse.Namespace, session_id: int, stop: Stop) -> int:
    if stop.reason is StopReason.INTERRUPTED:
        tell(_how_to_go_on(arguments, session_id))
        return ExitCode.INTERRUPTED
    tell(f"treadle: {stop.error or 'The session was ended by somebody else.'}")
    return ExitCode.SESSION_FAILED


def _how_to_go_on(arguments: argparse.Namespace, session_id: int) -> str:
    option = f" --data-dir {shlex.quote(arguments.data_dir)}" if arguments.data_dir else ""
    return f"Session {session_id} waits at its step; go on with: treadle run --session {session_id}{option}"


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
