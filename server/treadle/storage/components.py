"""The components of projects."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select

from treadle.domain.project import Component, ComponentOrigin, DeclaredComponent, left_out
from treadle.domain.scope import Scope
from treadle.storage import session_links
from treadle.storage.connections import Cursor
from treadle.storage.schema import components, projects
from treadle.storage.scoping import PROJECT_IN_SCOPE, scope_parameters
from treadle.storage.session_links import ChangedSession
from treadle.storage.statements import limited_sql, sql
from treadle.storage.values import json_object, json_text

_NAMES = tuple(column.name for column in components.c)
_OF_PROJECT = components.c.project_id == bindparam("project_id")

_ALL = sql(select(components).where(_OF_PROJECT).order_by(components.c.name))
_PAGE = limited_sql(
    select(components).where(_OF_PROJECT, components.c.name > bindparam("after_name")).order_by(components.c.name)
)
_FIND = sql(select(components).where(_OF_PROJECT, components.c.id == bindparam("id")))
_FIND_IN_SCOPE = sql(
    select(components)
    .join(projects, projects.c.id == components.c.project_id)
    .where(components.c.id == bindparam("id"), PROJECT_IN_SCOPE)
)
_INSERT = sql(
    components.insert()
    .values({name: bindparam(name) for name in ("project_id", "name", "kind", "paths", "origin")})
    .inline()
)
_UPDATE = sql(
    components.update()
    .where(components.c.id == bindparam("component_id"))
    .values(kind=bindparam("new_kind"), paths=bindparam("new_paths"), origin=bindparam("new_origin"))
)
_SET_PARENT = sql(
    components.update()
    .where(components.c.id == bindparam("component_id"))
    .values(parent_component_id=bindparam("parent_component_id"))
)
_DELETE = sql(components.delete().where(components.c.id == bindparam("component_id")))


def of_project(cursor: Cursor, project_id: int) -> tuple[Component, ...]:
    return tuple(_component(row) for row in cursor.execute(_ALL, {"project_id": project_id}))


def designed(cursor: Cursor, project_id: int) -> tuple[str, ...]:
    """The names of those that a design made."""
    return tuple(each.name for each in of_project(cursor, project_id) if each.origin is ComponentOrigin.DESIGNED)


def page(cursor: Cursor, project_id: int, *, after: str, limit: int) -> list[Component]:
    parameters = {"project_id": project_id, "after_name": after, "limit": limit}
    return [_component(row) for row in cursor.execute(_PAGE, parameters)]


def find(cursor: Cursor, project_id: int, component_id: int) -> Component | None:
    row = cursor.execute(_FIND, {"project_id": project_id, "id": component_id}).fetchone()
    return None if row is None else _component(row)


def find_in_scope(cursor: Cursor, scope: Scope, component_id: int) -> Component | None:
    row = cursor.execute(_FIND_IN_SCOPE, {"id": component_id, **scope_parameters(scope)}).fetchone()
    return None if row is None else _component(row)


def synchronise(
    cursor: Cursor, project_id: int, declared: Sequence[DeclaredComponent], now: datetime
) -> list[ChangedSession]:
    """Make those of the project's components that no design made, the ones that are declared.

    A component keeps its id as long as its name; a designed one that is declared now, becomes a declared one. The
    sessions of one that goes stay without it, and are about it again when one of this name comes back; answers with all
    sessions that this changes.
    """
    changed: list[ChangedSession] = []
    names = {wanted.name for wanted in declared}
    for gone in of_project(cursor, project_id):
        if gone.name not in names and gone.origin is ComponentOrigin.DECLARED:
            changed += _removed(cursor, gone, now)
    return changed + _put(cursor, project_id, declared, ComponentOrigin.DECLARED, now)


def add_designed(
    cursor: Cursor,
    project_id: int,
    designed: Sequence[DeclaredComponent],
    now: datetime,
    *,
    context_id: int | None = None,
) -> list[ChangedSession]:
    """Add components that a design made, or change those of their names; a declared one stays as it is.

    With `context_id` they are all the parts of that component: its other designed ones go, with their own. Every parent
    stays or is among them. Answers with the sessions that are about one of such a name again, or of one that goes.
    """
    changed: list[ChangedSession] = []
    present = of_project(cursor, project_id)
    if context_id is not None:
        for gone in left_out(present, context_id, {wanted.name for wanted in designed}):
            changed += _removed(cursor, gone, now)
    declared = {each.name for each in present if each.origin is ComponentOrigin.DECLARED}
    free = [wanted for wanted in designed if wanted.name not in declared]
    return changed + _put(cursor, project_id, free, ComponentOrigin.DESIGNED, now)


def _removed(cursor: Cursor, gone: Component, now: datetime) -> list[ChangedSession]:
    """Answers with the sessions that were about it; its own parts stay, as parts of nothing."""
    changed = session_links.leave_component(cursor, gone.id, gone.name, now)
    cursor.execute(_DELETE, {"component_id": gone.id})
    return changed


def _put(
    cursor: Cursor, project_id: int, wanted: Sequence[DeclaredComponent], origin: ComponentOrigin, now: datetime
) -> list[ChangedSession]:
    """Add or change components; answers with the sessions that come back to one."""
    changed: list[ChangedSession] = []
    present = {each.name: each for each in of_project(cursor, project_id)}
    for each in wanted:
        known = present.get(each.name)
        if known is None:
            changed += _added(cursor, project_id, each, origin, now)
        elif (known.kind, known.paths, known.origin) != (each.kind, each.paths, origin):
            new = {"new_kind": each.kind, "new_paths": json_text(each.paths), "new_origin": origin}
            cursor.execute(_UPDATE, {"component_id": known.id, **new})
    _set_parents(cursor, project_id, wanted)
    return changed


def _added(
    cursor: Cursor, project_id: int, wanted: DeclaredComponent, origin: ComponentOrigin, now: datetime
) -> list[ChangedSession]:
    parameters = {"project_id": project_id, "name": wanted.name, "kind": wanted.kind, "origin": origin}
    cursor.execute(_INSERT, {**parameters, "paths": json_text(wanted.paths)})
    assert cursor.lastrowid is not None  # noqa: S101 - an insert has a row
    return session_links.return_to_component(cursor, project_id, cursor.lastrowid, wanted.name, now)


def _set_parents(cursor: Cursor, project_id: int, wanted: Iterable[DeclaredComponent]) -> None:
    """All components are there by now, in whatever order they were named."""
    present = {component.name: component for component in of_project(cursor, project_id)}
    for each in wanted:
        parent_id = None if each.parent is None else present[each.parent].id
        known = present[each.name]
        if known.parent_component_id != parent_id:
            cursor.execute(_SET_PARENT, {"component_id": known.id, "parent_component_id": parent_id})


def _component(row: tuple[Any, ...]) -> Component:
    fields: dict[str, Any] = dict(zip(_NAMES, row, strict=True))
    return Component(**{**fields, "paths": json_object(fields["paths"]), "origin": ComponentOrigin(fields["origin"])})
