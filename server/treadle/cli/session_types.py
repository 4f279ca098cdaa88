"""Which session type or workflow a person means, and what it needs."""

import difflib
from pathlib import Path

from treadle.agents.lenient import JsonObject, objects, text, texts
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.client.tables import printable

MAKES_BRANCH = "initialize"
"""The first step of every workflow that commits; no other step of a workflow has this name."""
BROKEN = "workflow_invalid"


def listed_type(connection: Connection, wanted: str, project_id: object) -> JsonObject | None:
    return _found(_types(connection, project_id), wanted)


def wanted_type(connection: Connection, wanted: str, project: JsonObject, root: Path) -> JsonObject:
    """
    :raises ClientError: there is none
    :raises RemoteError: it is a workflow that cannot be used
    """
    answer = _types(connection, project.get("id"))
    if (found := _found(answer, wanted)) is not None:
        return found
    _require_unbroken(connection, wanted, project, root)
    names = sorted(text(entry.get("id")) for entry in objects(answer.get("data")))
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f"did you mean {near[0]}? There are" if near else "there are"
    skipped = len(texts(answer.get("problems")))
    more = f" {skipped} more could not be loaded: treadle types says why." if skipped else ""
    known = ", ".join(names) or "none"
    raise ClientError(f"There is no session type {printable(wanted)}; {hint}: {known}.{more}", ExitCode.USAGE)


def makes_branch(session_type: JsonObject) -> bool:
    """Not a workflow that leaves git alone."""
    first = next((text(step.get("name")) for step in objects(session_type.get("steps"))), "")
    return not session_type.get("definedIn") or first == MAKES_BRANCH


def _types(connection: Connection, project_id: object) -> JsonObject:
    return connection.call("sessionType/list", {"projectId": project_id})


def _found(answer: JsonObject, wanted: str) -> JsonObject | None:
    return next((entry for entry in objects(answer.get("data")) if entry.get("id") == wanted), None)


def _require_unbroken(connection: Connection, wanted: str, project: JsonObject, root: Path) -> None:
    """The daemon says what is wrong with a workflow of this name."""
    attributes = {"type": wanted, "projectId": project.get("id"), "root": str(root)}
    judged = connection.call("session/change", {"attributes": attributes})
    for problem in objects(judged.get("errors")):
        if problem.get("code") == BROKEN:
            raise RemoteError(BROKEN, text(problem.get("message")))
