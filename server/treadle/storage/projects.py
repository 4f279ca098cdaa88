"""Projects, their components, and the folders a person trusts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, null, or_, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from treadle.domain.project import Component, Project
from treadle.domain.scope import Scope
from treadle.domain.times import microseconds, moment
from treadle.storage.connections import Cursor
from treadle.storage.schema import components, opened_folders, projects, trusted_folders
from treadle.storage.statements import limited_sql, sql
from treadle.storage.values import json_object, json_text

_PROJECT_COLUMNS = tuple(projects.c)
_PROJECT_NAMES = tuple(column.name for column in _PROJECT_COLUMNS)
_COMPONENT_COLUMNS = tuple(components.c)
_COMPONENT_NAMES = tuple(column.name for column in _COMPONENT_COLUMNS)

_IN_ACCOUNT = projects.c.account_id == bindparam("scope_account_id")
_IN_SCOPE = and_(
    _IN_ACCOUNT,
    or_(bindparam("scope_project_id").is_(None), projects.c.id == bindparam("scope_project_id")),
)
_AFTER = and_(
    projects.c.name >= bindparam("after_name"),
    or_(projects.c.name > bindparam("after_name"), projects.c.id > bindparam("after_id")),
)
_OF_PROJECT = components.c.project_id == bindparam("project_id")

_FIND = sql(select(*_PROJECT_COLUMNS).where(projects.c.id == bindparam("id"), _IN_SCOPE))
_LIST = limited_sql(select(*_PROJECT_COLUMNS).where(_IN_SCOPE, _AFTER).order_by(projects.c.name, projects.c.id))
_BY_IDENTITY = sql(
    select(*_PROJECT_COLUMNS).where(
        _IN_ACCOUNT,
        projects.c.first_commit == bindparam("first_commit"),
        projects.c.remote.is_not_distinct_from(bindparam("remote")),
    )
)
_BY_ROOT = limited_sql(
    select(*_PROJECT_COLUMNS)
    .where(
        _IN_ACCOUNT,
        projects.c.root == bindparam("root"),
        or_(projects.c.first_commit.is_(None), projects.c.first_commit == bindparam("first_commit")),
    )
    .order_by(projects.c.id.desc()),
    "1",
)
_CHANGING = ("name", "root", "first_commit", "remote", "settings", "updated_at")
_INSERT = sql(projects.insert().values({name: bindparam(name) for name in _PROJECT_NAMES if name != "id"}).inline())
_UPDATE = sql(
    projects.update()
    .where(projects.c.id == bindparam("project_id"))
    .values({name: bindparam(name) for name in _CHANGING})
)

_COMPONENTS = sql(select(*_COMPONENT_COLUMNS).where(_OF_PROJECT).order_by(components.c.name))
_COMPONENT_PAGE = limited_sql(
    select(*_COMPONENT_COLUMNS)
    .where(_OF_PROJECT, components.c.name > bindparam("after_name"))
    .order_by(components.c.name)
)
_COMPONENT = sql(select(*_COMPONENT_COLUMNS).where(_OF_PROJECT, components.c.id == bindparam("id")))
_PUT_COMPONENT = sql(
    sqlite_insert(components)
    .values({name: bindparam(name) for name in ("project_id", "name", "kind", "paths")})
    .on_conflict_do_update(
        index_elements=["project_id", "name"],
        set_={"kind": bindparam("kind"), "paths": bindparam("paths"), "parent_component_id": null()},
    )
    .inline()
)
_SET_PARENT = sql(
    components.update()
    .where(components.c.id == bindparam("component_id"))
    .values(parent_component_id=bindparam("parent_component_id"))
)
_DELETE_COMPONENT = sql(components.delete().where(components.c.id == bindparam("component_id")))

_FOLDER = ("project_id", "user_id", "root")
_PUT_FOLDER = sql(
    sqlite_insert(opened_folders)
    .values({name: bindparam(name) for name in (*_FOLDER, "content_hash")})
    .on_conflict_do_update(index_elements=_FOLDER, set_={"content_hash": bindparam("content_hash")})
    .inline()
)
_FOLDER_HASH = sql(
    select(opened_folders.c.content_hash).where(*(opened_folders.c[name] == bindparam(name) for name in _FOLDER))
)

_TRUST = sql(
    sqlite_insert(trusted_folders)
    .values({name: bindparam(name) for name in ("user_id", "root", "content_hash", "inserted_at")})
    .on_conflict_do_nothing()
    .inline()
)
_IS_TRUSTED = sql(
    select(trusted_folders.c.id).where(
        trusted_folders.c.user_id == bindparam("user_id"),
        trusted_folders.c.root == bindparam("root"),
        trusted_folders.c.content_hash == bindparam("content_hash"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredComponent:
    """A component as the settings file declares it; its parent by name."""

    name: str
    kind: str
    parent: str | None
    paths: Mapping[str, str]


def find(cursor: Cursor, scope: Scope, project_id: int) -> Project | None:
    return _one(cursor, _FIND, {"id": project_id, **_scope(scope)})


def by_identity(
    cursor: Cursor, scope: Scope, *, root: str, first_commit: str | None, remote: str | None
) -> Project | None:
    """The account's project of this first commit and remote wherever its folder is, else the one of this folder."""
    if first_commit is not None:
        identity = {"first_commit": first_commit, "remote": remote}
        found = _one(cursor, _BY_IDENTITY, {**identity, "scope_account_id": scope.account_id})
        if found is not None:
            return found
    folder = {"root": root, "first_commit": first_commit}
    return _one(cursor, _BY_ROOT, {**folder, "scope_account_id": scope.account_id})


def page(cursor: Cursor, scope: Scope, *, after: tuple[str, int], limit: int) -> list[Project]:
    """By name, then id."""
    name, project_id = after
    parameters = {"after_name": name, "after_id": project_id, "limit": limit, **_scope(scope)}
    return [_project(row) for row in cursor.execute(_LIST, parameters)]


def insert(cursor: Cursor, project: Project) -> Project:
    """The project with the id that the database gave it; the one it has is ignored."""
    cursor.execute(_INSERT, _row(project))
    assert cursor.lastrowid is not None  # noqa: S101 - an insert has a row
    return replace(project, id=cursor.lastrowid)


def save(cursor: Cursor, project: Project) -> None:
    row = _row(project)
    cursor.execute(_UPDATE, {"project_id": project.id, **{name: row[name] for name in _CHANGING}})


def components_of(cursor: Cursor, project_id: int) -> tuple[Component, ...]:
    return tuple(_component(row) for row in cursor.execute(_COMPONENTS, {"project_id": project_id}))


def component_page(cursor: Cursor, project_id: int, *, after: str, limit: int) -> list[Component]:
    parameters = {"project_id": project_id, "after_name": after, "limit": limit}
    return [_component(row) for row in cursor.execute(_COMPONENT_PAGE, parameters)]


def component(cursor: Cursor, project_id: int, component_id: int) -> Component | None:
    row = cursor.execute(_COMPONENT, {"project_id": project_id, "id": component_id}).fetchone()
    return None if row is None else _component(row)


def synchronise_components(cursor: Cursor, project_id: int, declared: Sequence[DeclaredComponent]) -> None:
    """Make the project's components those that are declared; a component keeps its id as long as its name."""
    for wanted in declared:
        parameters = {"project_id": project_id, "name": wanted.name, "kind": wanted.kind}
        cursor.execute(_PUT_COMPONENT, {**parameters, "paths": json_text(wanted.paths)})
    ids = {present.name: present.id for present in components_of(cursor, project_id)}
    for wanted in declared:
        if wanted.parent is not None:
            parent_id = ids[wanted.parent]
            cursor.execute(_SET_PARENT, {"component_id": ids[wanted.name], "parent_component_id": parent_id})
    for name in ids.keys() - {wanted.name for wanted in declared}:
        cursor.execute(_DELETE_COMPONENT, {"component_id": ids[name]})


def save_folder(cursor: Cursor, scope: Scope, project_id: int, root: str, content_hash: str) -> None:
    """What a folder of the project held when this user opened it, trusted or not."""
    key = {"project_id": project_id, "user_id": scope.user_id, "root": root}
    cursor.execute(_PUT_FOLDER, {**key, "content_hash": content_hash})


def folder_hash(cursor: Cursor, scope: Scope, project_id: int, root: str) -> str | None:
    """None of a folder that this user has not opened."""
    key = {"project_id": project_id, "user_id": scope.user_id, "root": root}
    row = cursor.execute(_FOLDER_HASH, key).fetchone()
    return None if row is None else str(row[0])


def trust(cursor: Cursor, scope: Scope, root: str, content_hash: str, now: datetime) -> None:
    key = {"user_id": scope.user_id, "root": root, "content_hash": content_hash}
    cursor.execute(_TRUST, {**key, "inserted_at": microseconds(now)})


def is_trusted(cursor: Cursor, scope: Scope, root: str, content_hash: str) -> bool:
    key = {"user_id": scope.user_id, "root": root, "content_hash": content_hash}
    return cursor.execute(_IS_TRUSTED, key).fetchone() is not None


def _scope(scope: Scope) -> dict[str, object]:
    return {"scope_account_id": scope.account_id, "scope_project_id": scope.project_id}


def _one(cursor: Cursor, statement: str, parameters: Mapping[str, object]) -> Project | None:
    row = cursor.execute(statement, parameters).fetchone()
    return None if row is None else _project(row)


def _row(project: Project) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(project, name) for name in _PROJECT_NAMES if name != "id"}
    row |= {
        "settings": json_text(project.settings),
        "inserted_at": microseconds(project.inserted_at),
        "updated_at": microseconds(project.updated_at),
    }
    return row


def _project(row: tuple[Any, ...]) -> Project:
    fields: dict[str, Any] = dict(zip(_PROJECT_NAMES, row, strict=True))
    fields |= {
        "settings": json_object(fields["settings"]),
        "inserted_at": moment(fields["inserted_at"]),
        "updated_at": moment(fields["updated_at"]),
    }
    return Project(**fields)


def _component(row: tuple[Any, ...]) -> Component:
    fields: dict[str, Any] = dict(zip(_COMPONENT_NAMES, row, strict=True))
    return Component(**{**fields, "paths": json_object(fields["paths"])})
