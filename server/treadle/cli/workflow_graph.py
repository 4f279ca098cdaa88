"""`treadle workflow graph`: a workflow as a picture."""

import argparse
from pathlib import Path

from treadle.agents.lenient import text
from treadle.cli.workflow_check import Checker
from treadle.cli.workflow_files import FOLDER, UnreadableError, read_workflow, shown, workflow_files
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitRepository, NotAGitRepositoryError
from treadle.client.tables import printable
from treadle.workflows.definition.file_rules import SUFFIXES

SVG, MERMAID = "svg", "mermaid"


def run(connection: Connection, arguments: argparse.Namespace) -> int:
    (name,) = arguments.names
    path = _path(connection, name, Path(arguments.project))
    try:
        workflow = read_workflow(path)
    except UnreadableError as error:
        raise ClientError(f"{shown(path)} cannot be read: {error}.", ExitCode.USAGE) from error
    answer = connection.call("workflow/graph", {"path": str(path.absolute()), "text": workflow})
    output = Path(arguments.output) if arguments.output else None
    form = arguments.format or (SVG if output and output.suffix == ".svg" else MERMAID)
    picture = text(answer.get(form)).rstrip("\n") + "\n"
    if output is None:
        print(picture, end="")
        return ExitCode.DONE
    try:
        output.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise ClientError(f"{output} cannot be written: {error.strerror}.", ExitCode.USAGE) from error
    print(f"{output} is written.")
    return ExitCode.DONE


def _path(connection: Connection, name: str, project: Path) -> Path:
    """
    :raises ClientError: neither a file nor a workflow of the project is called so
    """
    path = Path(name)
    if path.suffix in SUFFIXES or len(path.parts) > 1 or path.is_file():
        return path
    try:
        folder = GitRepository.around(project).root / FOLDER
    except NotAGitRepositoryError:
        folder = project / FOLDER
    files = workflow_files(folder) if folder.is_dir() else []
    # Most files are called as their workflows; of the others each must be asked for its name.
    checker = Checker(connection)
    for file in sorted(files, key=lambda file: file.stem != name):
        if checker.checked(file).get("name") == name:
            return file
    if (found := next((file for file in files if file.stem == name), None)) is not None:
        return found
    known = ", ".join(file.stem for file in files) or "none"
    raise ClientError(printable(f"There is no workflow {name} in {folder}; there are: {known}."), ExitCode.USAGE)
