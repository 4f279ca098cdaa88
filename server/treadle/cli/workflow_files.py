"""Where a project's workflows are, and reading one as it is: it need not be trusted for being looked at."""

import os
from pathlib import Path

from treadle.agents.lenient import JsonObject, an_object
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.workflows.definition.file_rules import MAX_BYTES, SUFFIXES

FOLDER = Path(".treadle", "workflows")


class UnreadableError(Exception):
    """Says why, as the end of a sentence."""


def root_with_workflows() -> Path | None:
    """The nearest folder from here upwards that has some."""
    try:
        here = Path.cwd()
    except OSError:  # it is gone
        return None
    return next((folder for folder in (here, *here.parents) if (folder / FOLDER).is_dir()), None)


def opened_project(connection: Connection, folder: Path) -> JsonObject | None:
    """The daemon's answer, trusted or not; None where there is no project."""
    from treadle.client.git_repository import NotAGitRepositoryError
    from treadle.client.project import call_open, look

    try:
        return call_open(connection, look(folder))
    except NotAGitRepositoryError:
        return None


def project_id(opened: JsonObject | None) -> object:
    return an_object((opened or {}).get("project")).get("id")


def root_around(folder: Path) -> Path | None:
    """The folder whose `.treadle` counts for the workflow files in this one; None where there is none."""
    from treadle.client.git_repository import GitRepository, NotAGitRepositoryError

    absolute = folder.absolute()
    if absolute.parts[-2:] == FOLDER.parts:
        return absolute.parent.parent.resolve()
    try:
        return GitRepository.around(folder).root
    except NotAGitRepositoryError:
        return None


def workflow_files(folder: Path) -> list[Path]:
    """Directly in it.

    :raises ClientError: it cannot be read
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in SUFFIXES and not path.name.startswith("."))
    except OSError as error:
        raise ClientError(f"{folder} cannot be read: {error.strerror}.", ExitCode.USAGE) from error


def read_workflow(path: Path) -> str:
    """With its line ends as they are, without a byte order mark.

    :raises UnreadableError:
    """
    from treadle.runner.regular_file import NotAFileError, TooLargeError, read_regular

    try:
        str(path).encode()
        return read_regular(path, MAX_BYTES).decode("utf-8-sig")
    except NotAFileError as error:
        raise UnreadableError("it is no file") from error
    except TooLargeError as error:
        raise UnreadableError(f"it is larger than {MAX_BYTES // 1024} KiB") from error
    except UnicodeEncodeError as error:
        raise UnreadableError("its name is not UTF-8") from error
    except UnicodeDecodeError as error:
        raise UnreadableError(f"its byte {error.start} is not UTF-8") from error
    except (OSError, ValueError) as error:
        raise UnreadableError(getattr(error, "strerror", None) or "there can be no such file") from error


def shown(path: Path) -> str:
    """From here when it is below."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.pardir) else relative
