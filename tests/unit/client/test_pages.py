from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import ScriptedPeer
from treadle.client.connection import Connection
from treadle.client.pages import every


def pages(method: str, params: dict[str, Any]) -> Any:
    start = int(params["cursor"] or 0)
    return {"data": [{"n": start}, {"n": start + 1}], "nextCursor": str(start + 2) if start < 4 else None}


@pytest.mark.parametrize(("most", "expected"), [(None, range(6)), (3, range(3)), (0, range(0)), (9, range(6))])
def test_all_pages_are_one_list_and_no_more_than_wanted(tmp_path: Path, most: int | None, expected: range) -> None:
    with ScriptedPeer(tmp_path / "s", pages) as peer, Connection(peer.connect, client_name="test") as connection:
        assert [entry["n"] for entry in every(connection, "list", {}, most=most)] == list(expected)
