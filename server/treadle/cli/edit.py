"""`treadle edit N`: changes the command of the step at which a session waits."""

import argparse

from treadle.agents.lenient import JsonObject, an_object
from treadle.cli.options import add_data_dir, add_json, add_session, connection_of, print_json
from treadle.cli.steps import named, names_of, waiting_step
from treadle.client.errors import ClientError, ExitCode
from treadle.domain.command import CLAUDE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "What the command was stays in the record."
    add_session(parser)
    change = parser.add_mutually_exclusive_group(required=True)
    change.add_argument("--command", metavar="TEXT", help="what a POSIX shell runs instead")
    change.add_argument("--prompt", metavar="TEXT", help="what the agent is told instead")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments) as connection:
        step = waiting_step(connection, arguments.session)
        answer = connection.call("interaction/edit", {**names_of(step), **_change(arguments, step)})
    changed = an_object(answer.get("interaction"))
    if arguments.json:
        print_json(answer)
    elif changed.get("command") == step.get("command"):
        print(f"{named(changed)} has that command already.")
    else:
        print(f"{named(changed)} has another command now.")
    return ExitCode.DONE


def _change(arguments: argparse.Namespace, step: JsonObject) -> dict[str, object]:
    """:raises ClientError: there is no prompt to be changed"""
    if arguments.prompt is None:
        return {"command": arguments.command}
    if an_object(step.get("command")).get("command") != CLAUDE:
        message = f"{named(step)} is not an agent's and has no prompt; --command changes what it runs."
        raise ClientError(message, ExitCode.USAGE)
    return {"metadata": {"prompt": arguments.prompt}}
