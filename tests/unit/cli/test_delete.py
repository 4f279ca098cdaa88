"""What `treadle delete` says before it asks."""

from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import ScriptedPeer
from treadle.cli import delete
from treadle.client.connection import Connection

DEPTH = 1_500
"""More than Python calls itself."""


def test_of_a_tree_of_any_depth_the_first_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(method: str, params: dict[str, Any]) -> Any:
        child = params["parentSessionId"] + 1
        return {"data": [{"id": child, "type": "t"}] if child <= DEPTH else [], "nextCursor": None}

    def says_yes(question: str) -> bool:
        asked.append(question)
        return True

    monkeypatch.setattr(delete, "person", lambda: says_yes)
    with ScriptedPeer(tmp_path / "socket", answer) as peer, Connection(peer.connect, client_name="test") as connection:
        delete._ask(connection, {"id": 1, "type": "t"})
    first, *below, more, question = asked[0].splitlines()
    assert first.startswith("Session 1  t")
    assert [line.split()[1] for line in below] == [str(number) for number in range(2, delete.MAX_SHOWN + 2)]
    assert more == "  … and 1,449 more"
    assert question == "Delete session 1 and the 1,499 below it for good?"
