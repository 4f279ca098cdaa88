"""Session events: appended, never changed. Their ids only go up, also after the highest ones were deleted."""

from collections.abc import Iterator, Sequence

import orjson
from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from treadle.domain.event import FILE_EVENTS, EventSource, EventType, IncomingEvent
from treadle.storage.connections import Cursor
from treadle.storage.schema import FREQUENT_EVENTS, session_events
from treadle.storage.statements import ONE, sql

_ROW = tuple(column.name for column in session_events.c if column.name != "id")
_KINDS = {each: (str(each), 0 if each in FREQUENT_EVENTS else 1) for each in EventType}
"""The type as it is stored, and whether it is rare."""
_OF_SESSION = session_events.c.session_id == bindparam("session_id")


def _insert(*names: str) -> str:
    """By position, which is quicker for many rows. A uid that is there already is skipped; anything else fails."""
    return str(
        sqlite_insert(session_events)
        .values({name: bindparam(name) for name in names})
        .on_conflict_do_nothing(index_elements=["session_id", "uid"])
        .inline()
        .compile(dialect=sqlite.dialect())
    )


_INSERT = _insert(*_ROW)
_INSERT_NUMBERED = _insert("id", *_ROW)

# SQLite gives the highest id and one, so an id that was deleted would come again, and a client that asks for what came
# after the last one it knows would miss events. AUTOINCREMENT, which keeps the highest in this table, costs every
# insert a fifth; here it is kept when events are deleted.
_KEPT_ID = "SELECT seq FROM sqlite_sequence WHERE name = 'session_events'"
_KEEP_ID = "INSERT INTO sqlite_sequence (seq, name) VALUES (?, 'session_events')"
_KEEP_LATER_ID = "UPDATE sqlite_sequence SET seq = ? WHERE name = 'session_events'"
_HIGHEST_ID = sql(select(func.max(session_events.c.id)))
_LAST_ROW_ID = "SELECT last_insert_rowid()"
_ID_OF = sql(select(session_events.c.id).where(_OF_SESSION, session_events.c.uid == bindparam("uid")))
_UIDS = func.json_each(bindparam("uids")).table_valued("value")
_LAST_ID_OF = sql(
    select(func.max(session_events.c.id)).where(_OF_SESSION, session_events.c.uid.in_(select(_UIDS.c.value)))
)
_FILE_DATA = sql(
    select(session_events.c.data, session_events.c.source)
    .where(
        _OF_SESSION,
        session_events.c.is_rare == ONE,
        session_events.c.event_type.in_([literal_column(f"'{each}'") for each in sorted(FILE_EVENTS)]),
    )
    .order_by(session_events.c.id)
)


def append(
    cursor: Cursor, session_id: int, events: Sequence[IncomingEvent], now: int, *, metadata: str | None = None
) -> tuple[int, int | None]:
    """How many of the events are new, and the id of the last one. `metadata` is for events that have none."""
    if not events:
        return 0, None
    rows = _rows(session_id, events, now, metadata)
    deleted_id = _deleted_id(cursor)
    if deleted_id is None:
        cursor.executemany(_INSERT, rows)
    else:
        cursor.executemany(_INSERT_NUMBERED, [(deleted_id + place, *row) for place, row in enumerate(rows, 1)])
    count = cursor.rowcount
    if count == 0:
        return 0, _last_id_of(cursor, session_id, events)
    (last_id,) = cursor.execute(_LAST_ROW_ID).fetchone()
    return count, last_id


def _last_id_of(cursor: Cursor, session_id: int, events: Sequence[IncomingEvent]) -> int:
    """Of events that were stored before."""
    uids = orjson.dumps([event.uid for event in events]).decode()
    (last_id,) = cursor.execute(_LAST_ID_OF, {"session_id": session_id, "uids": uids}).fetchone()
    return int(last_id)


def keep_ids(cursor: Cursor) -> None:
    """Before events are deleted: no later one gets an id that one of them had."""
    (highest,) = cursor.execute(_HIGHEST_ID).fetchone()
    kept = cursor.execute(_KEPT_ID).fetchone()
    if highest is not None and (kept is None or kept[0] < highest):
        cursor.execute(_KEEP_ID if kept is None else _KEEP_LATER_ID, (highest,))


def _deleted_id(cursor: Cursor) -> int | None:
    """The highest id of all, if its event is not there any more."""
    kept = cursor.execute(_KEPT_ID).fetchone()
    if kept is None:
        return None
    (highest,) = cursor.execute(_HIGHEST_ID).fetchone()
    return int(kept[0]) if highest is None or highest < kept[0] else None


def id_of(cursor: Cursor, session_id: int, uid: str) -> int | None:
    row = cursor.execute(_ID_OF, {"session_id": session_id, "uid": uid}).fetchone()
    return None if row is None else int(row[0])


def changed_paths(cursor: Cursor, session_id: int) -> Iterator[str]:
    """The `path` of each file event, in order of arrival; without what was only seen, and may be anybody's change."""
    for text, source in cursor.execute(_FILE_DATA, {"session_id": session_id}):
        data = orjson.loads(text)
        is_sessions = source != EventSource.WATCHER or isinstance(data.get("during"), str)
        if is_sessions and isinstance(path := data.get("path"), str):
            yield path


def _rows(session_id: int, events: Sequence[IncomingEvent], now: int, metadata: str | None) -> list[tuple[object, ...]]:
    """In the order of the table's columns; plain values only, which sqlite3 binds without asking for adapters."""
    return [
        (session_id, interaction_id, uid, *_KINDS[event_type], str(source), data, own or metadata, sent_at, now)
        for uid, event_type, sent_at, data, source, interaction_id, own in events
    ]
