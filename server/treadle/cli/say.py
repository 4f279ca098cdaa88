"""`treadle say N TEXT`: tells the agent that works on a step something."""

import argparse

from treadle.cli.options import add_data_dir, add_json, add_session, connection_of, going_on, persons_name, print_json
from treadle.cli.steps import named, names_of, waiting_step
from treadle.client.errors import ExitCode


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "The agent reads it when the tools that it is using are done, and the step does not end before. An agent that "
        "nobody has started yet gets it after its task. Secrets in it are replaced by a marker, for the agent too."
    )
    add_session(parser)
    parser.add_argument("text", nargs="+", metavar="TEXT", help="what the agent is to know")
    parser.add_argument("--interrupt", action="store_true", help="break off what it is doing first")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    with connection_of(arguments, name=persons_name()) as connection:
        step = waiting_step(connection, arguments.session)
        said = {"text": " ".join(arguments.text), "interrupt": arguments.interrupt}
        answer = connection.call("interaction/say", {**names_of(step), **said})
    if arguments.json:
        print_json(answer)
    elif step.get("claim"):
        print(f"{named(step)}: its agent is told.")
    else:
        print(f"{named(step)}: its agent is told once it works: {going_on(arguments, arguments.session)}")
    return ExitCode.DONE
