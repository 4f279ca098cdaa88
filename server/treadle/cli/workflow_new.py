"""`treadle workflow new`: a workflow file to begin with."""

import argparse
import os
import re
import shlex
from pathlib import Path

from treadle.agents.lenient import text
from treadle.cli.workflow_files import FOLDER, shown
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitRepository
from treadle.client.own_command import to_type
from treadle.client.tables import printable
from treadle.workflows.definition.file_rules import NAME, SUFFIXES


def run(connection: Connection, arguments: argparse.Namespace) -> int:
    (name,) = arguments.names
    if not re.fullmatch(NAME, name):
        message = f"{printable(name)} is no name of a workflow: small letters, digits, _ and -, a letter first."
        raise ClientError(message, ExitCode.USAGE)
    root = GitRepository.around(Path(arguments.project)).root
    path = root / FOLDER / f"{name}{SUFFIXES[0]}"
    _require_free(path)
    starter = text(connection.call("workflow/new", {"name": name, "root": str(root)}).get("text"))
    _write(path, starter)
    data_dir = arguments.data_dir
    print(f"{shown(path)} is written. Make it yours, then check and commit it, and run it:")
    print(f"  {to_type('workflow', 'check', data_dir=data_dir)}")
    print(f"  {shlex.join(['git', 'add', str(shown(path))])} && git commit")
    print(f"  {to_type('run', name, data_dir=data_dir)}")
    print("Without a commit it runs in your checkout as it is, with --environment vscode.")
    return ExitCode.DONE


def _require_free(path: Path) -> None:
    """Nothing is written over a file that is there, or out of the project.

    :raises ClientError:
    """
    for folder in (path.parent.parent, path.parent):
        if folder.is_symlink():
            raise ClientError(f"{shown(folder)} is a link; Treadle reads no links there.", ExitCode.PROJECT_STATE)
    for there in (path.with_name(path.stem + suffix) for suffix in SUFFIXES):
        if os.path.lexists(there):
            raise ClientError(f"{shown(there)} is there already; it stays as it is.", ExitCode.PROJECT_STATE)


def _write(path: Path, starter: str) -> None:
    """:raises ClientError:"""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(starter)
    except OSError as error:
        raise ClientError(f"{shown(path)} cannot be written: {error.strerror}.", ExitCode.PROJECT_STATE) from error
