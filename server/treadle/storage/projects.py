"""Projects, and the folders that a person opened and trusts."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, or_, select, tuple_
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from treadle.domain.project import Project
from treadle.domain.scope import Scope
from treadle.domain.times import microseconds, moment
from treadle.storage import session_links
from treadle.storage.connections import Cursor
from treadle.storage.schema import opened_folders, projects, trusted_folders
from treadle.storage.scoping import PROJECT_IN_SCOPE, scope_parameters
from treadle.storage.session_links import ChangedSession
from treadle.storage.statements import limited_sql, sql
from treadle.storage.values import json_object, json_text

_PROJECT_COLUMNS = tuple(projects.c)
_PROJECT_NAMES = tuple(column.name for column in _PROJECT_COLUMNS)

_IN_ACCOUNT = projects.c.account_id == bindparam("scope_account_id")
_AFTER = and_(
    projects.c.name >= bindparam("after_name"),
    or_(projects.c.name > bindparam("after_name"), projects.c.id > bindparam("after_id")),
)

_FIND = sql(select(*_PROJECT_COLUMNS).where(projects.c.id == bindparam("id"), PROJECT_IN_SCOPE))
_LIST = limited_sql(select(*_PROJECT_COLUMNS).where(PROJECT_IN_SCOPE, _AFTER).order_by(projects.c.name, projects.c.id))
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
_BY_OPENED_FOLDER = limited_sql(
    select(*_PROJECT_COLUMNS)
    .join(opened_folders, opened_folders.c.project_id == projects.c.id)
    .where(
        _IN_ACCOUNT,
        opened_folders.c.user_id == bindparam("user_id"),
        opened_folders.c.root == bindparam("root"),
        or_(projects.c.first_commit.is_(None), projects.c.first_commit == bindparam("first_commit")),
    )
    .order_by(projects.c.id.desc()),
    "1",
)
_OF_FOLDER = limited_sql(
    select(*_PROJECT_COLUMNS)
    .join(opened_folders, opened_folders.c.project_id == projects.c.id)
    .where(
        PROJECT_IN_SCOPE, opened_folders.c.user_id == bindparam("user_id"), opened_folders.c.root == bindparam("root")
    )
    .order_by(projects.c.id.desc()),
    "1",
)
_DELETE = sql(projects.delete().where(projects.c.id == bindparam("project_id")))
_SETTINGS = sql(select(projects.c.settings).where(projects.c.id == bindparam("project_id")))
_CHANGING = ("name", "root", "first_commit", "remote", "settings", "updated_at")
_INSERT = sql(projects.insert().values({name: bindparam(name) for name in _PROJECT_NAMES if name != "id"}).inline())
_UPDATE = sql(
    projects.update()
    .where(projects.c.id == bindparam("project_id"))
    .values({name: bindparam(name) for name in _CHANGING})
)

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
_DISTRUST = sql(
    trusted_folders.delete().where(
        tuple_(trusted_folders.c.user_id, trusted_folders.c.root).in_(
            select(opened_folders.c.user_id, opened_folders.c.root).where(
                opened_folders.c.project_id == bindparam("project_id")
            )
        )
    )
)


def find(cursor: Cursor, scope: Scope, project_id: int) -> Project | None:
    return _one(cursor, _FIND, {"id": project_id, **scope_parameters(scope)})


def by_identity(
    cursor: Cursor, scope: Scope, *, root: str, first_commit: str | None, remote: str | None
) -> Project | None:
    """The account's project of this first commit and remote wherever its folder is, else the one of this folder.

    A folder is a project's when it was opened last of all its folders, or by this user before: the remote of one clone
    may change without that of another. With another first commit it is another repository.
    """
    if first_commit is not None:
        identity = {"first_commit": first_commit, "remote": remote}
        found = _one(cursor, _BY_IDENTITY, {**identity, "scope_account_id": scope.account_id})
        if found is not None:
            return found
    folder = {"root": root, "first_commit": first_commit, "scope_account_id": scope.account_id}
    found = _one(cursor, _BY_ROOT, folder)
    return found or _one(cursor, _BY_OPENED_FOLDER, {**folder, "user_id": scope.user_id})


def by_folder(cursor: Cursor, scope: Scope, root: str) -> Project | None:
    """The project of which this user has opened the folder, if the scope holds it."""
    return _one(cursor, _OF_FOLDER, {"root": root, "user_id": scope.user_id, **scope_parameters(scope)})


def page(cursor: Cursor, scope: Scope, *, after: tuple[str, int], limit: int) -> list[Project]:
    """By name, then id."""
    name, project_id = after
    parameters = {"after_name": name, "after_id": project_id, "limit": limit, **scope_parameters(scope)}
    return [_project(row) for row in cursor.execute(_LIST, parameters)]


def settings(cursor: Cursor, project_id: int) -> dict[str, Any]:
    """Of any account's project; nothing of one that is gone."""
    row = cursor.execute(_SETTINGS, {"project_id": project_id}).fetchone()
    return {} if row is None else json_object(row[0])


def insert(cursor: Cursor, project: Project) -> Project:
    """The project with the id that the database gave it; the one it has is ignored."""
    cursor.execute(_INSERT, _row(project))
    assert cursor.lastrowid is not None  # noqa: S101 - an insert has a row
    return replace(project, id=cursor.lastrowid)


def save(cursor: Cursor, project: Project) -> None:
    row = _row(project)
    cursor.execute(_UPDATE, {"project_id": project.id, **{name: row[name] for name in _CHANGING}})


def delete(cursor: Cursor, project_id: int, now: datetime) -> list[ChangedSession]:
    """With its components, its opened folders and everybody's trust in these; its sessions stay, without it."""
    changed = session_links.leave_project(cursor, project_id, now)
    cursor.execute(_DISTRUST, {"project_id": project_id})
    cursor.execute(_DELETE, {"project_id": project_id})
    return changed


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
