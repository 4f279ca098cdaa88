"""What becomes of sessions when their project or their component goes: they stay, and may get the component back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from treadle.domain.session import SessionStatus
from treadle.domain.times import microseconds
from treadle.storage.connections import Cursor
from treadle.storage.schema import former_components, sessions
from treadle.storage.statements import sql


@dataclass(frozen=True, slots=True)
class ChangedSession:
    """As much of a session as its owner is told of a change."""

    id: int
    account_id: int
    user_id: int
    status: SessionStatus
    interaction_count: int
    event_count: int


_NAMES = ("id", "account_id", "user_id", "status", "interaction_count", "event_count")


class _Links:
    """The sessions of a condition, and their new links."""

    def __init__(self, condition: ColumnElement[bool], *links: str) -> None:
        """`links`: the columns that get a value or null."""
        found = select(*(sessions.c[name] for name in _NAMES)).where(condition, sessions.c.deleted_at.is_(None))
        self._find = sql(found.order_by(sessions.c.id))
        new: dict[str, ColumnElement[object]] = {
            "updated_at": bindparam("updated_at"),
            **{name: bindparam(f"new_{name}") for name in links},
        }
        self._update = sql(sessions.update().where(condition).values(new))

    def change(
        self, cursor: Cursor, key: Mapping[str, object], links: Mapping[str, object], now: datetime
    ) -> list[ChangedSession]:
        """Those that somebody can see, by id."""
        changed = [
            ChangedSession(row[0], row[1], row[2], SessionStatus(row[3]), row[4], row[5])
            for row in cursor.execute(self._find, key)
        ]
        new = {f"new_{name}": value for name, value in links.items()}
        cursor.execute(self._update, {**key, **new, "updated_at": microseconds(now)})
        return changed


_OF_FORMER = (
    former_components.c.project_id == bindparam("project_id"),
    former_components.c.name == bindparam("name"),
)
_OF_PROJECT = _Links(sessions.c.project_id == bindparam("project_id"), "project_id", "component_id")
_OF_COMPONENT = _Links(sessions.c.component_id == bindparam("component_id"), "component_id")
_WITHOUT_COMPONENT = _Links(
    # One that was given another component meanwhile keeps that.
    sessions.c.id.in_(select(former_components.c.session_id).where(*_OF_FORMER)) & sessions.c.component_id.is_(None),
    "component_id",
)
_remembered = sqlite_insert(former_components).from_select(
    ["session_id", "project_id", "name"],
    select(sessions.c.id, sessions.c.project_id, bindparam("name")).where(
        sessions.c.component_id == bindparam("component_id"), sessions.c.project_id.is_not(None)
    ),
)
_REMEMBER = sql(
    _remembered.on_conflict_do_update(
        index_elements=["session_id"],
        set_={"project_id": _remembered.excluded.project_id, "name": _remembered.excluded.name},
    ).inline()
)
_FORGET = sql(former_components.delete().where(*_OF_FORMER))


def leave_project(cursor: Cursor, project_id: int, now: datetime) -> list[ChangedSession]:
    """Of all users."""
    return _OF_PROJECT.change(cursor, {"project_id": project_id}, {"project_id": None, "component_id": None}, now)


def leave_component(cursor: Cursor, component_id: int, name: str, now: datetime) -> list[ChangedSession]:
    """It is remembered what they were about."""
    cursor.execute(_REMEMBER, {"component_id": component_id, "name": name})
    return _OF_COMPONENT.change(cursor, {"component_id": component_id}, {"component_id": None}, now)


def return_to_component(
    cursor: Cursor, project_id: int, component_id: int, name: str, now: datetime
) -> list[ChangedSession]:
    """The sessions of the project that were about a component of this name when it went."""
    key = {"project_id": project_id, "name": name}
    returned = _WITHOUT_COMPONENT.change(cursor, key, {"component_id": component_id}, now)
    cursor.execute(_FORGET, key)
    return returned
