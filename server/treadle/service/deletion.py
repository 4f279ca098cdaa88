"""Deleting sessions: nobody sees them from the commit on; their rows go in the background."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.service.lookups import claimed_by_another, require_session
from treadle.service.notices import session_deleted
from treadle.service.purging import Purging
from treadle.storage import purge
from treadle.storage import sessions as session_rows
from treadle.storage.database import Database
from treadle.storage.writer import Transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    session_ids: tuple[int, ...]
    """The session and its descendants."""
    rows: int
    """That will go."""


@dataclass(frozen=True, kw_only=True)
class Deletion:
    database: Database
    purging: Purging
    clock: Callable[[], datetime]

    async def delete(self, scope: Scope, *, session_id: int, actor: Actor) -> Deleted:
        """Hide the session and its descendants from everybody, and begin to take their rows away.

        :raises SessionNotFoundError:
        :raises ClaimedError: another client is executing one of them; names it
        """
        deleted = await self.database.write(lambda transaction: self._delete(transaction, scope, session_id, actor))
        below = len(deleted.session_ids) - 1
        logger.info("%r deleted session %d and %d below it", actor.client_name or actor.client_id, session_id, below)
        self.purging.wake()
        return deleted

    async def gone(self, deleted: Deleted, tell: Callable[[int], None]) -> bool:
        """Wait until all rows have gone; `tell` hears how many of them have, in percent.

        False when it will take longer than anybody should wait: the storage is in trouble.
        """
        return await self.purging.gone(deleted.session_ids, lambda rows: tell(min(100, 100 * rows // deleted.rows)))

    def _delete(self, transaction: Transaction, scope: Scope, session_id: int, actor: Actor) -> Deleted:
        session, now = require_session(transaction.cursor, scope, session_id), self.clock()
        # Wherever they are: a child that stayed would keep its parent's row for ever.
        descendants = session_rows.descendants(transaction.cursor, replace(scope, project_id=None), session_id)
        family = (session, *descendants)
        for member in family:
            _require_not_executed(member, actor, now)
        ids = tuple(member.id for member in family)
        purge.mark(transaction.cursor, ids, now)
        for member in family:
            transaction.announce(session_deleted(member))
        return Deleted(session_ids=ids, rows=sum(_rows(member) for member in family))


def _require_not_executed(session: Session, actor: Actor, now: datetime) -> None:
    """Whoever executes a step would go on to work on what is not there any more. One of an ended session stops."""
    pending = session.pending_interaction
    if not session.is_terminal and pending is not None and pending.is_held_by_another(actor.client_id, now):
        raise claimed_by_another(pending)


def _rows(session: Session) -> int:
    return 1 + session.interaction_count + session.event_count
