"""Whatever a test does through the service in its own process, a head that is remembered is the one in the database."""

from collections.abc import Iterator

import pytest

from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.storage import sessions
from treadle.storage.heads import Heads


@pytest.fixture(autouse=True)
def remembered_heads_are_compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    found = Heads.get
    wrong: list[tuple[Session, Session | None]] = []

    def compared(self: Heads, session_id: int) -> Session | None:
        known = found(self, session_id)
        if known is not None:
            scope = Scope(account_id=known.account_id, user_id=known.user_id)
            stored = sessions.find(self._connection.cursor(), scope, session_id)
            if stored != known:
                wrong.append((known, stored))
        return known

    monkeypatch.setattr(Heads, "get", compared)
    yield
    assert wrong == []
