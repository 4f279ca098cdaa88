"""The heads of the sessions that the writing thread works on, as the database has them, so that it need not ask again.

Only the writing connection writes, and SQLite counts the rows that it changes, by foreign keys too. A head is believed
as long as this count is the one at which a head was kept last: whoever changes rows and says nothing here, makes all of
them forgotten. So no writer of rows has to know of this, and one that comes with every step can take part.
"""

import sqlite3

from treadle.domain.session import Session

MOST = 64
"""A pending command may have a megabyte."""


class Heads:
    """Belongs to the writing thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._changes = connection.total_changes
        self._sessions: dict[int, Session] = {}

    def get(self, session_id: int) -> Session | None:
        if self._connection.total_changes != self._changes:
            self.forget()
        return self._sessions.get(session_id)

    def keep(self, session: Session) -> None:
        """What a look would find now. Since the last `get` no row of another session's head has changed."""
        self._sessions.pop(session.id, None)
        self._sessions[session.id] = session
        if len(self._sessions) > MOST:
            del self._sessions[next(iter(self._sessions))]
        self._changes = self._connection.total_changes

    def forget(self) -> None:
        """What was written is taken back, which SQLite does not count."""
        self._sessions.clear()
        self._changes = self._connection.total_changes
