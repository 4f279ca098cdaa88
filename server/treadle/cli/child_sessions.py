"""The sessions below a session, as `treadle show` lists them."""

from collections.abc import Iterable, Mapping, Sequence

from treadle.agents.lenient import JsonObject, an_object, count, objects, text
from treadle.client.connection import Connection
from treadle.client.pages import every
from treadle.client.tables import table
from treadle.runner import figures

PAGE = 200
HEADINGS = ("ID", "ABOUT", "TYPE", "STATUS", "COST", "REASON")


def children_of(connection: Connection, session_id: int) -> list[JsonObject]:
    """The heads of the sessions directly below it, oldest first."""
    newest_first = every(connection, "session/list", {"parentSessionId": session_id, "limit": PAGE})
    return list(reversed(list(newest_first)))


def children_text(
    connection: Connection, children: Sequence[JsonObject], interactions: Iterable[JsonObject], *, width: int | None
) -> str:
    """`interactions`: of the session above; the results of its steps tell what the children cost."""
    names, told = _component_names(connection, children), _told_by_steps(interactions)
    rows = [_row(child, names, told.get(count(child.get("id")), {})) for child in children]
    return table(HEADINGS, rows, width=width)


def _row(child: JsonObject, names: Mapping[int, str], told: JsonObject) -> tuple[object, ...]:
    about = names.get(count(child.get("componentId"))) or text(child.get("title"))
    status = "paused" if child.get("pausedAt") else text(child.get("status"))
    reason = text(child.get("failureReason")) or text(told.get("problem"))
    return (child.get("id"), about, child.get("type"), status, figures.cost(told.get("cost_usd")), reason)


def _component_names(connection: Connection, children: Iterable[JsonObject]) -> dict[int, str]:
    projects = {count(child.get("projectId")) for child in children if child.get("componentId") is not None}
    return {
        count(component.get("id")): text(component.get("name"))
        for project_id in projects
        for component in every(connection, "component/list", {"projectId": project_id})
    }


def _told_by_steps(interactions: Iterable[JsonObject]) -> dict[int, JsonObject]:
    """What the last result that speaks of a child says of it."""
    results = [an_object(an_object(interaction.get("result")).get("data")) for interaction in interactions]
    return {count(child.get("session_id")): child for data in results for child in objects(data.get("children"))}
