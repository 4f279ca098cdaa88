"""`treadle workflow check`: what is wrong with workflow files, line by line as compilers say it."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from treadle.agents.lenient import JsonObject, objects
from treadle.cli.options import print_json
from treadle.cli.workflow_files import (
    FOLDER,
    UnreadableError,
    read_workflow,
    root_around,
    shown,
    workflow_files,
)
from treadle.client.connection import Connection
from treadle.client.errors import ExitCode
from treadle.client.git_repository import GitRepository
from treadle.client.own_command import to_type
from treadle.client.tables import printable
from treadle.runner.figures import counted

ERROR = "error"
UNREADABLE = "unreadable"


class Checker:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._roots: dict[Path, Path | None] = {}
        """Those around the folders that were met."""

    def checked(self, path: Path) -> JsonObject:
        """`path`, `name` and `diagnostics`."""
        try:
            text = read_workflow(path)
        except UnreadableError as error:
            place = {"line": 1, "column": 1, "endLine": 1, "endColumn": 1}
            problem = {**place, "severity": ERROR, "code": UNREADABLE, "message": f"The file cannot be read: {error}."}
            return {"path": shown(path), "name": None, "diagnostics": [problem]}
        root = self._root_around(path)
        params = {"root": None if root is None else str(root), "path": str(path.absolute()), "text": text}
        answer = self._connection.call("workflow/check", params)
        return {"path": shown(path), "name": answer.get("name"), "diagnostics": objects(answer.get("diagnostics"))}

    def _root_around(self, path: Path) -> Path | None:
        folder = path.absolute().parent
        if folder not in self._roots:
            self._roots[folder] = root_around(folder)
        return self._roots[folder]


def run(connection: Connection, arguments: argparse.Namespace) -> int:
    paths = _paths(arguments)
    checker = Checker(connection)
    files = [checker.checked(path) for path in paths]
    problems = [problem for file in files for problem in objects(file.get("diagnostics"))]
    errors = sum(problem.get("severity") == ERROR for problem in problems)
    if arguments.json:
        print_json(files)
    elif not files:
        print(f"There are no workflows here; to begin one: {to_type('workflow', 'new', 'NAME')}")
    else:
        for line in _lines(files):
            print(line)
        print(_sum(len(files), errors, len(problems) - errors))
    return ExitCode.SESSION_FAILED if errors else ExitCode.DONE


def _paths(arguments: argparse.Namespace) -> list[Path]:
    """A folder stands for the workflows that are directly in it."""
    if arguments.names:
        given = [Path(name) for name in arguments.names]
        return [path for each in given for path in (workflow_files(each) if each.is_dir() else [each])]
    folder = GitRepository.around(Path(arguments.project)).root / FOLDER
    return workflow_files(folder) if folder.is_dir() else []


def _lines(files: Sequence[JsonObject]) -> list[str]:
    return [
        printable(
            f"{file['path']}:{problem.get('line')}:{problem.get('column')}: "
            f"{problem.get('severity')}: {problem.get('message')} [{problem.get('code')}]"
        )
        for file in files
        for problem in objects(file.get("diagnostics"))
    ]


def _sum(files: int, errors: int, warnings: int) -> str:
    found = [counted(errors, "error")] * bool(errors) + [counted(warnings, "warning")] * bool(warnings)
    return f"{counted(files, 'workflow')}: {' and '.join(found) or 'nothing is wrong'}."
