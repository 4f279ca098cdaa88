"""The `treadle` command: finds the command, and turns every ending into a sentence and an exit code."""

import importlib
import os
import sys
from collections.abc import Sequence

import treadle
from treadle.cli.commands import COMMANDS, CommandEntry, overview
from treadle.cli.standard_streams import discard, prepare, tell
from treadle.client.errors import EXIT_CODES, ClientError, ExitCode
from treadle.client.tables import printable

DEBUG = "TREADLE_DEBUG"


def main(argv: Sequence[str] | None = None) -> int:
    words = list(sys.argv[1:] if argv is None else argv)
    prepare()
    try:
        return dispatch(words)
    except ClientError as error:
        return _refused(error.message, error.exit_code)
    except KeyboardInterrupt:
        return _refused("Interrupted.", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        discard(sys.stdout)  # the reader, a pager perhaps, has gone
        return ExitCode.DONE
    except Exception as error:  # noqa: BLE001 - the edge: no traceback for users
        return _ended_by(error, words)


def dispatch(words: Sequence[str]) -> int:
    if not words:
        print(overview(), file=sys.stderr)
        return ExitCode.USAGE
    if words[0] in ("-h", "--help", "help"):
        return dispatch([words[1], "--help"]) if len(words) > 1 else _say(overview())
    if words[0] in ("-V", "--version"):
        return _say(f"treadle {treadle.__version__}")
    entry = next((entry for entry in COMMANDS if entry.name == words[0]), None)
    if entry is None:
        raise ClientError(_unknown(words[0]), ExitCode.USAGE)
    return _run(entry, words[1:])


def _run(entry: CommandEntry, words: Sequence[str]) -> int:
    from treadle.cli.parser import SentenceParser

    module = importlib.import_module(entry.module)
    parser = SentenceParser(prog=f"treadle {entry.name}", description=f"{entry.summary}.")
    module.add_arguments(parser)
    parse = parser.parse_intermixed_args if entry.is_intermixed else parser.parse_args
    arguments = parse(words)
    exit_code: int = module.run(arguments)
    sys.stdout.flush()
    return exit_code


def _say(text: str) -> int:
    print(text)
    return ExitCode.DONE


def _unknown(word: str) -> str:
    import difflib

    names = [entry.name for entry in COMMANDS if entry.group]
    near = difflib.get_close_matches(word, names, n=1)
    hint = f"did you mean {near[0]}?" if near else "treadle --help lists the commands."
    return f"There is no command {word}; {hint}"


def _refused(message: str, exit_code: int) -> int:
    tell(f"treadle: {printable(message)}")
    return exit_code


def _ended_by(error: Exception, words: Sequence[str]) -> int:
    from treadle.domain.errors import TreadleError

    if isinstance(error, TreadleError):
        return _refused(error.message, EXIT_CODES.get(error.code, ExitCode.DAEMON))
    return _failed(error, words)


def _failed(error: Exception, words: Sequence[str]) -> int:
    if os.environ.get(DEBUG):
        raise error
    from treadle.cli.crash import keep

    place = keep(error, words)
    where = f"the whole of it is in {place}" if place else f"{DEBUG}=1 shows the whole of it"
    return _refused(f"An unexpected error ended the command ({type(error).__name__}); {where}.", ExitCode.INTERNAL)
