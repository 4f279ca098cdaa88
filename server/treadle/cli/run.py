"""`treadle run`: runs a session from here, step by step, until it is finished; or goes on with one."""

import argparse
import os
import sys
from contextlib import ExitStack
from typing import TextIO, cast

from treadle.agents.claude_code_command import PermissionMode
from treadle.agents.lenient import count
from treadle.cli.numbers import dollars, positive, session_number
from treadle.cli.options import add_data_dir, add_json, going_on, print_json
from treadle.cli.run_preflight import AGENT_OPTIONS, Prepared, begin, paused, resume
from treadle.cli.standard_streams import WatchedOutput, tell
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.locations import Locations
from treadle.client.tables import terminal_width
from treadle.runner.answers import open_asks
from treadle.runner.guard import guarded
from treadle.runner.loop import Runner
from treadle.runner.plain_display import PlainDisplay
from treadle.runner.progress import Progress
from treadle.runner.question import Question
from treadle.runner.run_end import AfterOneStep, RunEnd, WithoutEditor, never
from treadle.runner.stop import Stop, StopReason, stopped_by_signals
from treadle.runner.summary import Summary, summarise
from treadle.runner.summary_table import ended_sentence, look_further, summary_text
from treadle.runner.workbench import PersonNeededError, SessionDeletedError, StoppedError

MAX_HOST = 60

EXAMPLES = """examples:
  treadle run task "add a --json flag to the report command"
  treadle run component_test --component Calculator
  treadle run component_coding --component Calculator --mode manual
  treadle run fix_failing_test --param test=tests/test_report.py
  treadle run --session 3
  treadle run --session 3 --one-step

exit codes: 0 complete, or the step of --one-step is taken, 1 failed, cancelled or deleted, 2 unknown type, component
or session, 3 the project is not ready, 4 not trusted, 5 no agent or not logged in, 6 daemon trouble, 7 somebody else
runs it, 8 paused, 9 it asks, and nobody is here who could answer, 10 a fault of Treadle itself, 130 interrupted"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    kinds = "the session type or workflow (treadle types lists them)"
    parser.add_argument("type", nargs="?", metavar="TYPE", help=kinds)
    about = "what is to be done, for a type that asks for it, such as task; - reads it from standard input"
    parser.add_argument("text", nargs="*", metavar="TEXT", help=about)
    parser.add_argument("--session", type=session_number, metavar="N", help="go on with this session instead")
    parser.add_argument("--component", metavar="NAME", help="the component to work on, of .treadle/project.yaml")
    parser.add_argument("--project", metavar="DIR", help="a folder of the project (default: this one)")
    parser.add_argument("--trust", action="store_true", help="trust the project's present content; remembered")
    parser.add_argument("--title", metavar="TEXT", help="a title for the session")
    mode = "agentic: by itself (default); manual: asks before each step, and you work with the agent in this terminal"
    parser.add_argument("--mode", choices=("manual", "agentic"), help=mode)
    where = "local: a branch and a commit of its own (default); vscode: your checkout, staged at the end"
    parser.add_argument("--environment", choices=("local", "vscode"), help=where)
    parser.add_argument("--model", metavar="NAME", help="the agent's model")
    parser.add_argument("--max-turns", type=positive, metavar="N", help="the most turns of the agent in one step")
    unasked = "what the agent may do where no rule speaks: change files (default), nothing unasked, or plan only"
    parser.add_argument("--permission-mode", choices=[mode.value for mode in PermissionMode], help=unasked)
    cost = "what the session's agents may cost until it asks whether to go on"
    parser.add_argument("--budget", dest="budget_usd", type=dollars, metavar="USD", help=cost)
    chosen = "an option of the type, a parameter of the workflow (treadle types TYPE lists them); may be repeated"
    parser.add_argument("--param", "--option", dest="option", action="append", metavar="NAME=VALUE", help=chosen)
    asks = "what its agents ask waits for an answer (default in a terminal), or is denied (default elsewhere)"
    parser.add_argument("--asks", choices=("wait", "deny"), help=asks)
    parser.add_argument("--plain", action="store_true", help="plain lines instead of a live display")
    unconfirmed = "with --mode manual: runs each step without asking first"
    parser.add_argument("--yes", action="store_true", help=unconfirmed)
    alone = "carries out the next step only, without asking; the session waits at the one after it"
    parser.add_argument("--one-step", action="store_true", help=alone)
    exactly = "carries out this step only (its interaction's id), and nothing when the session is not at it any more"
    parser.add_argument("--only-step", metavar="ID", help=exactly)
    windows = "ends after a step when no window of an editor is open any more"
    parser.add_argument("--while-editor", action="store_true", help=windows)
    add_json(parser, "print nothing but a summary as JSON at the end")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    stop = Stop()
    with _connection(arguments) as connection, ExitStack() as held:
        # Until the session runs there is nothing to end in order: the first Ctrl-C ends the command.
        prepare = resume if arguments.session else begin
        prepared = prepare(connection, arguments, held)
        session_id = count(prepared.session.get("id"))
        progress = _progress(arguments, stop)
        try:
            with stopped_by_signals(stop), guarded():
                progress.session_begun(prepared.session, resumed=bool(arguments.session))
                _runner(arguments, connection, prepared, progress=progress, stop=stop).run()
        except KeyboardInterrupt:
            progress.close()
            tell(_how_to_go_on(arguments, session_id))
            return ExitCode.INTERRUPTED
        except StoppedError:
            progress.close()
            return _stopped(arguments, connection, session_id, stop, could_ask=progress.can_ask)
        except PersonNeededError as error:
            line = f"{error.message} After that go on with: {going_on(arguments, session_id)}"
            raise ClientError(line, error.exit_code) from error
        except SessionDeletedError:
            raise  # there is nothing to go on with
        except ClientError as error:
            progress.close()
            if error.exit_code == ExitCode.PAUSED:
                raise paused(arguments, session_id) from error
            if error.exit_code != ExitCode.CLAIMED:
                tell(_how_to_go_on(arguments, session_id))
            raise
        finally:
            progress.close()
        summary = summarise(connection, session_id)
    return _finished(arguments, summary)


def _check(arguments: argparse.Namespace) -> None:
    if arguments.type and arguments.session:
        message = "Give a session type for a new session, or --session N to go on with one, not both."
        raise ClientError(message, ExitCode.USAGE)
    if not arguments.type and not arguments.session:
        message = "Name a session type (treadle types lists them), or a session to go on with (--session N)."
        raise ClientError(message, ExitCode.USAGE)
    beginning = ("component", "title", "environment", *AGENT_OPTIONS, "option")
    given = [name for name in beginning if getattr(arguments, name) is not None]
    if arguments.session and given:
        option = {"option": "param", "budget_usd": "budget"}.get(given[0], given[0].replace("_", "-"))
        raise ClientError(f"--{option} belongs to a session's beginning, not to --session.", ExitCode.USAGE)
    if arguments.only_step is not None and not arguments.session:
        raise ClientError("--only-step names a step of the session that --session gives.", ExitCode.USAGE)
    if arguments.mode == "manual" and (arguments.json or not sys.stdin.isatty()):
        raise ClientError("--mode manual asks before each step and needs a terminal.", ExitCode.USAGE)


def _connection(arguments: argparse.Namespace) -> Connection:
    """Its name is what another runner of the session tells its person."""
    name = f"treadle run, process {os.getpid()} on {os.uname().nodename[:MAX_HOST]}"
    return Connection.to_daemon(Locations.find(arguments.data_dir), client_name=name)


def _runner(
    arguments: argparse.Namespace, connection: Connection, prepared: Prepared, *, progress: Progress, stop: Stop
) -> Runner:
    is_manual = _is_manual(arguments, prepared)
    return Runner(
        connection,
        session_id=count(prepared.session.get("id")),
        project_root=prepared.root,
        main_root=prepared.main_root,
        locations=Locations.find(arguments.data_dir),
        progress=progress,
        stop=stop,
        consent=bool(arguments.session),
        manual=is_manual and not (arguments.yes or _is_one_step(arguments)),
        in_terminal=is_manual and sys.stdout.isatty(),
        run_end=_run_end(arguments, connection, stop),
        asks_wait=arguments.asks == "wait" if arguments.asks else progress.can_ask,
    )


def _run_end(arguments: argparse.Namespace, connection: Connection, stop: Stop) -> RunEnd:
    if _is_one_step(arguments):
        return AfterOneStep(arguments.only_step)
    return WithoutEditor(connection, stop) if arguments.while_editor else never


def _is_one_step(arguments: argparse.Namespace) -> bool:
    return arguments.one_step or arguments.only_step is not None


def _is_manual(arguments: argparse.Namespace, prepared: Prepared) -> bool:
    """As the session was begun, unless this run says otherwise."""
    return (arguments.mode or prepared.session.get("executionMode")) == "manual"


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
        print(f"\n{ended_sentence(summary.session, summary.steps)}")
        print(look_further(session_id, summary.standing, arguments.data_dir))
    return ExitCode.DONE if summary.status == "complete" else ExitCode.SESSION_FAILED


def _stopped(
    arguments: argparse.Namespace, connection: Connection, session_id: int, stop: Stop, *, could_ask: bool
) -> int:
    """`could_ask`: a person was there, and has left what is asked for later."""
    if stop.reason is StopReason.STEP_PAST:
        tell("The session is not at that step any more; nothing was run.")
    if stop.reason in (StopReason.STEP_TAKEN, StopReason.STEP_PAST):
        tell(_how_to_go_on(arguments, session_id))
        return ExitCode.DONE
    if stop.reason is StopReason.NO_EDITOR:
        tell("No window of an editor is open any more.")
    if stop.reason in (StopReason.INTERRUPTED, StopReason.NO_EDITOR):
        asked = _what_it_asks(connection, session_id)
        for question in asked:
            tell(f"{question.told(arguments.data_dir)}.")
        tell(_how_to_go_on(arguments, session_id))
        return ExitCode.ANSWER_NEEDED if asked and not could_ask else ExitCode.INTERRUPTED
    tell(f"treadle: {stop.error or 'The session was ended by somebody else.'}")
    return ExitCode.SESSION_FAILED


def _what_it_asks(connection: Connection, session_id: int) -> list[Question]:
    """What is asked stands while nobody runs the session; who goes on with it later uses the answer."""
    try:
        return [Question.of(ask) for ask in open_asks(connection.call, session_id)]
    except ClientError:
        return []  # the daemon is gone; it knows them when it comes back


def _how_to_go_on(arguments: argparse.Namespace, session_id: int) -> str:
    return f"Session {session_id} waits at its step; go on with: {going_on(arguments, session_id)}"
