"""`treadle project list` and `delete`: the projects that Treadle knows, wherever their folders are."""

import argparse

from treadle.agents.lenient import JsonObject, an_object
from treadle.cli.asking import person
from treadle.cli.options import print_json
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.pages import every
from treadle.client.tables import printable, table, terminal_width

PAGE = 500


def show_list(connection: Connection, arguments: argparse.Namespace) -> int:
    projects = list(every(connection, "project/list", {"limit": PAGE}))
    if arguments.json:
        print_json(projects)
    elif not projects:
        print("There are no projects; treadle project in a folder registers it.")
    else:
        rows = [[project.get(name) for name in ("id", "name", "root", "remote")] for project in projects]
        print(table(["ID", "NAME", "ROOT", "REMOTE"], rows, width=terminal_width()))
    return ExitCode.DONE


def delete(connection: Connection, arguments: argparse.Namespace) -> int:
    of_project = {"projectId": arguments.number}
    project = an_object(connection.call("project/get", of_project).get("project"))
    if not arguments.yes:
        _ask(connection, project)
    answer = connection.call("project/delete", of_project)
    if arguments.json:
        print_json(answer)
        return ExitCode.DONE
    count = answer.get("sessionCount")
    stay = {0: "", 1: " Its session stays."}.get(count if isinstance(count, int) else 0, f" Its {count} sessions stay.")
    print(f"The {_named(project)} is deleted.{stay}")
    return ExitCode.DONE


def _ask(connection: Connection, project: JsonObject) -> None:
    """:raises ClientError: nobody can be asked, or the answer is no"""
    ask = person()
    if ask is None:
        raise ClientError("Without a terminal to ask on, treadle project delete needs --yes.", ExitCode.USAGE)
    if not ask(f"{_what_goes(connection, project)}\nDelete the {_named(project)}?"):
        raise ClientError("Nothing was deleted.", ExitCode.USAGE)


def _what_goes(connection: Connection, project: JsonObject) -> str:
    active = {"projectId": project.get("id"), "status": "active", "limit": PAGE}
    count = sum(1 for _ in every(connection, "session/list", active))
    lines = [
        "Its components and the trust in its folders go; its sessions stay without it, and no file changes.",
        *([f"Sessions of it that are active cannot go on with work on a component: {count}."] if count else []),
    ]
    return "\n".join(lines)


def _named(project: JsonObject) -> str:
    return printable(f"project {project.get('id')} ({project.get('name')}, {project.get('root')})")
