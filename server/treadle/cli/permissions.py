"""`treadle permissions`: what agents may do here, by which rule, and whether the files with the rules are all right."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from treadle.agents.lenient import JsonObject, an_object, objects, text
from treadle.cli.options import add_data_dir, add_json, connection_of, print_json
from treadle.cli.workflow_files import opened_project, project_id
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.own_command import to_type
from treadle.client.tables import printable, table, terminal_width
from treadle.runner.figures import counted

EXPLAIN, LIST, CHECK = "explain", "list", "check"
BASH = "Bash"
EXIT_CODES = {"deny": ExitCode.SESSION_FAILED, "ask": ExitCode.ANSWER_NEEDED}
VERDICTS = {"allow": "Allowed", "deny": "Denied", "ask": "Asked about"}
EPILOG = """\
  explain COMMAND              says what the rules say to a command of an agent, and which rule it is
  explain --tool T --path P    likewise for a tool with a file, such as --tool Edit --path src/main.py
  list                         shows the rules that hold here, with their files
  check                        says whether the files are all right, as they are now

explain ends with 0 when it is allowed, or no rule is about it; with 1 when it is denied; with 9 when a person would be
asked. check ends with 0 when the files are all right, else with 1. Nothing is run."""
NO_RULE = """\
No rule is about this, so the agent's own mode decides. Claude Code in acceptEdits, the usual mode, edits the project's
files and runs commands that only read; the rest it asks a person, and where nobody can be asked it is denied."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("action", choices=(EXPLAIN, LIST, CHECK), help="see below")
    parser.add_argument(
        "words", nargs="*", default=[], metavar="COMMAND", help='what the agent would type, such as "git push"'
    )
    parser.add_argument("--tool", metavar="T", help=f"explain this tool of the agent (default: {BASH})")
    parser.add_argument("--path", metavar="P", help="explain this file in the hands of the tool")
    parser.add_argument("--project", metavar="DIR", default=".", help="a folder of the project (default: this one)")
    add_json(parser)
    add_data_dir(parser)


def run(arguments: argparse.Namespace) -> int:
    _require_sense(arguments)
    commands = {EXPLAIN: _explain, LIST: _list, CHECK: _check}
    with connection_of(arguments) as connection:
        return commands[arguments.action](connection, arguments)


def _require_sense(arguments: argparse.Namespace) -> None:
    """:raises ClientError:"""
    asked = bool(arguments.words) or arguments.tool is not None or arguments.path is not None
    if asked != (arguments.action == EXPLAIN):
        needs = "needs a COMMAND, or --tool and --path" if not asked else "takes nothing to explain"
        raise ClientError(f"permissions {arguments.action} {needs}.", ExitCode.USAGE)
    if len(arguments.words) > 1:
        raise ClientError("Put the command in quotes, as one word.", ExitCode.USAGE)
    if arguments.words and arguments.path is not None:
        raise ClientError("A tool gets a COMMAND or a --path, not both.", ExitCode.USAGE)
    if arguments.path is not None and arguments.tool is None:
        raise ClientError("--path needs the --tool, such as Read or Edit.", ExitCode.USAGE)


def _explain(connection: Connection, arguments: argparse.Namespace) -> int:
    params = {
        "projectId": _project(connection, arguments),
        "tool": arguments.tool or BASH,
        "command": next(iter(arguments.words), None),
        "path": arguments.path,
        "workingDirectory": os.path.abspath(arguments.project),  # noqa: PTH100 - with its links
    }
    answer = connection.call("permission/explain", params)
    if arguments.json:
        print_json(answer)
    else:
        for line in _explanation(answer):
            print(printable(line))
    return EXIT_CODES.get(text(answer.get("decision")), ExitCode.DONE)


def _project(connection: Connection, arguments: argparse.Namespace) -> object:
    """Its number; None outside of projects, where only the user's own rules hold."""
    opened = opened_project(connection, Path(arguments.project))
    if opened is not None and opened.get("trusted") is not True:
        told = f"The project's own rules count once its folder is trusted: {to_type('project', '--trust')}"
        print(f"treadle: {told}", file=sys.stderr)
    return project_id(opened)


def _explanation(answer: JsonObject) -> list[str]:
    decision, rule = text(answer.get("decision")), an_object(answer.get("rule"))
    if not decision:
        return NO_RULE.splitlines()
    lines = [f"{VERDICTS.get(decision, decision)}. {text(answer.get('reason'))}"]
    if rule:
        lines.append(f"  the rule: {text(rule.get('effect'))} {_shown(rule)}")
        lines.append(f"  it is in: {text(rule.get('file'))}, line {rule.get('line')}")
    if answer.get("part"):
        lines.append(f"  about:    {text(answer.get('part'))}")
    return lines


def _shown(rule: JsonObject) -> str:
    return ", ".join(f"{name} {rule[name]}" for name in ("tool", "command", "path") if rule.get(name) is not None)


def _list(connection: Connection, arguments: argparse.Namespace) -> int:
    answer = connection.call("permission/list", {"projectId": _project(connection, arguments)})
    files = objects(answer.get("files"))
    if arguments.json:
        print_json(answer)
        return ExitCode.DONE
    rules = [rule for file in files for rule in objects(file.get("rules"))]
    for line in _problems(files):
        print(line)
    if rules:
        rows = [
            [rule.get("effect"), _shown(rule), f"{rule.get('file')}:{rule.get('line')}", rule.get("reason")]
            for rule in rules
        ]
        print(table(["EFFECT", "ABOUT", "FILE", "REASON"], rows, width=terminal_width()))
    elif not _problems(files):
        print(f"There are no rules here. They belong in .treadle/permissions.yaml, or in {answer.get('userFile')}.")
    return ExitCode.DONE


def _check(connection: Connection, arguments: argparse.Namespace) -> int:
    from treadle.client.git_repository import GitRepository, NotAGitRepositoryError

    try:
        root: str | None = str(GitRepository.around(Path(arguments.project)).root)
    except NotAGitRepositoryError:
        root = None
    answer = connection.call("permission/list", {"root": root})
    files = objects(answer.get("files"))
    problems = _problems(files)
    if arguments.json:
        print_json(answer)
    else:
        for line in problems:
            print(line)
        for file in files:
            if file.get("problem") is None:
                print(printable(f"{file.get('file')}: {counted(len(objects(file.get('rules'))), 'rule')}"))
        if not files:
            print(f"There are no rules here. They belong in .treadle/permissions.yaml, or in {answer.get('userFile')}.")
    return ExitCode.SESSION_FAILED if problems else ExitCode.DONE


def _problems(files: Sequence[JsonObject]) -> list[str]:
    """As compilers say it."""
    return [
        printable(f"{file.get('file')}:{file.get('line')}: error: {file.get('problem')}")
        for file in files
        if file.get("problem") is not None
    ]
