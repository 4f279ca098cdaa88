"""What a client missed that was away, or that did not read its notices."""

from dataclasses import dataclass

from treadle.domain.scope import Scope
from treadle.protocol.notices import MAX_MISSED
from treadle.storage import last_events
from treadle.storage.connections import Cursor
from treadle.storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    last_event_id: int
    """The highest of the sessions in scope; 0: they have none."""
    sessions: tuple[tuple[int, int], ...] = ()
    """Ids of sessions with later events, each with its last event."""
    reread: bool = False
    """They are too many, or the client knows of an event that this database does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    database: Database

    async def missed(self, scope: Scope, *, after_event_id: int | None) -> Missed:
        """Since an event that the client knows of; None: it knows of none, and misses nothing.

        Call it once the client hears what is committed from now on: between the two there must be no gap.
        """
        return await self.database.read(lambda rows: _missed(rows, scope, after_event_id))


def _missed(rows: Cursor, scope: Scope, after_event_id: int | None) -> Missed:
    last_event_id = last_events.highest(rows, scope)
    if after_event_id is None:
        return Missed(last_event_id=last_event_id)
    if after_event_id > last_event_id:
        return Missed(last_event_id=last_event_id, reread=True)
    sessions = last_events.after(rows, scope, after_event_id, MAX_MISSED + 1)
    if len(sessions) > MAX_MISSED:
        return Missed(last_event_id=last_event_id, reread=True)
    return Missed(last_event_id=last_event_id, sessions=tuple(sessions))
