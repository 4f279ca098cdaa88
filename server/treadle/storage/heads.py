"""What the writing thread knows of the sessions that it works on, so that it need not read it again.

Only the writing connection writes, and SQLite counts the rows that it changes, by foreign keys too. What was kept is
believed as long as this count is what it was when something was kept last: whoever changes rows and says nothing here,
makes all of it forgotten. So no writer of rows has to know of this, and one that comes with every step can take part.
"""

import sqlite3

from treadle.domain.interaction import Interaction
from treadle.domain.session import Session

MOST = 64
"""Sessions. A pending command may have a megabyte."""


class Heads:
    """Belongs to the writing thread. Everything in it is as a look into the database would find it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._changes = connection.total_changes
        self._sessions: dict[int, Session] = {}
        self._completed: dict[int, Interaction] = {}

    def get(self, session_id: int) -> Session | None:
        self._forget_what_was_changed()
        return self._sessions.get(session_id)

    def last_completed(self, session_id: int) -> Interaction | None:
        """The last one that has a final result and was not superseded, if it is known."""
        self._forget_what_was_changed()
        return self._completed.get(session_id)

    def keep(self, session: Session, completed: Interaction | None = None) -> None:
        """Since the last `get` no row has changed but those of this session's head, and of `completed`, its last
        completed interaction, which is as it was where it is left out. New sessions may have come.
        """
        self._sessions.pop(session.id, None)
        self._sessions[session.id] = session
        if completed is not None:
            self._completed[session.id] = completed
        if len(self._sessions) > MOST:
            oldest = next(iter(self._sessions))
            del self._sessions[oldest]
            self._completed.pop(oldest, None)
        self._changes = self._connection.total_changes

    def _forget_what_was_changed(self) -> None:
        if self._connection.total_changes != self._changes:
            self.forget()

    def forget(self) -> None:
        """What was written is taken back, say, which SQLite does not count."""
        self._sessions.clear()
        self._completed.clear()
        self._changes = self._connection.total_changes
