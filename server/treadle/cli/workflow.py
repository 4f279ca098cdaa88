"""`treadle workflow`: checks, draws and begins workflow files."""

import argparse

from treadle.cli import workflow_check, workflow_graph, workflow_new
from treadle.cli.options import add_data_dir, add_json, connection_of
from treadle.client.errors import ClientError, ExitCode

CHECK, GRAPH, NEW = "check", "graph", "new"
FORMS = ("mermaid", "svg")
EXAMPLES = """\
  check [PATH ...]  says what is wrong, as PATH:LINE:COLUMN: error: MESSAGE [CODE]; without PATH in all of the project's
  graph NAME|PATH   draws its steps, and where each leads
  new NAME          writes .treadle/workflows/NAME.yaml to begin with; never over a file that is there

Nothing of a file is run. check ends with 0 when there are no errors (warnings are none), else with 1."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EXAMPLES
    parser.add_argument("action", choices=(CHECK, GRAPH, NEW), help="see below")
    parser.add_argument("names", nargs="*", metavar="NAME|PATH", help="workflows or their files")
    parser.add_argument("--project", metavar="DIR", default=".", help="a folder of the project (default: this one)")
    forms = "of a graph (default: by the ending of FILE, else mermaid)"
    parser.add_argument("--format", choices=FORMS, help=forms)
    parser.add_argument("-o", "--output", metavar="FILE", help="write the graph there, not to standard output")
    add_json(parser, "print what check finds as JSON, for scripts")
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    _check(arguments)
    commands = {CHECK: workflow_check.run, GRAPH: workflow_graph.run, NEW: workflow_new.run}
    with connection_of(arguments) as connection:
        return commands[arguments.action](connection, arguments)


def _check(arguments: argparse.Namespace) -> None:
    if arguments.action != CHECK and len(arguments.names) != 1:
        what = "the NAME of a workflow or the PATH of a file" if arguments.action == GRAPH else "a NAME"
        raise ClientError(f"workflow {arguments.action} needs {what}.", ExitCode.USAGE)
    if arguments.action != GRAPH and (arguments.format or arguments.output):
        option = "--format" if arguments.format else "--output"
        raise ClientError(f"{option} belongs to workflow graph.", ExitCode.USAGE)
    if arguments.action != CHECK and arguments.json:
        raise ClientError("--json belongs to workflow check.", ExitCode.USAGE)
