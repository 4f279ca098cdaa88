"""Whatever a test does through the service in its own process: what is remembered is what the database has."""

from collections.abc import Iterator

import pytest

from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.storage import interactions, sessions
from treadle.storage.heads import Heads


@pytest.fixture(autouse=True)
def remembered_heads_are_compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    found = Heads.get
    wrong: list[tuple[object, object]] = []

    def compared(self: Heads, session_id: int) -> Session | None:
        known, cursor = found(self, session_id), self._connection.cursor()
        if known is not None:
            scope = Scope(account_id=known.account_id, user_id=known.user_id)
            pairs: list[tuple[object, object]] = [(known, sessions.find(cursor, scope, session_id))]
            if (completed := self.last_completed(session_id)) is not None:
                pairs.append((completed, interactions.last_completed(cursor, session_id)))
            # By what is written of them: to Python, 1 is the same as true.
            wrong.extend(pair for pair in pairs if repr(pair[0]) != repr(pair[1]))
        return known

    monkeypatch.setattr(Heads, "get", compared)
    yield
    assert wrong == []
