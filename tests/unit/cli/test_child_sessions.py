from pathlib import Path
from typing import Any

from tests.unit.client.scripted_peer import ScriptedPeer
from treadle.cli.child_sessions import children_of, children_text
from treadle.client.connection import Connection


def child(number: int, **fields: Any) -> dict[str, Any]:
    defaults = {"projectId": 7, "componentId": None, "title": None, "pausedAt": None, "failureReason": None}
    return {**defaults, "id": number, "type": "component_design", "status": "complete", **fields}


CHILDREN = [
    child(21, componentId=3, title="not shown"),
    child(22, componentId=4, status="failed", failureReason="The step work did not succeed\x1b[2J in 5 attempts."),
    child(23, title="by its title", status="active", pausedAt="2026-01-02T03:04:05.678901Z"),
    child(24, status="active"),
]
COMPONENTS = [{"id": 3, "name": "Cart"}, {"id": 4, "name": "Item"}]


def told(*children: Any, status: str = "pending") -> dict[str, Any]:
    return {"result": {"status": status, "data": {"children": list(children)}}}


def answer(method: str, params: dict[str, Any]) -> Any:
    found = {"session/list": list(reversed(CHILDREN)), "component/list": COMPONENTS}[method]
    where = 0 if params["cursor"] is None else int(params["cursor"])
    rest = len(found) - where - 3
    return {"data": found[where : where + 3], "nextCursor": str(where + 3) if rest > 0 else None}


def test_each_child_has_a_line_with_what_the_last_result_says_of_it(tmp_path: Path) -> None:
    interactions = [
        told({"session_id": 21, "status": "active", "cost_usd": 9.0, "problem": "It is not done."}, status="error"),
        {"result": None},
        {"result": {"status": "ok", "data": {"children": "none"}}},
        told({"session_id": 21, "cost_usd": 0.5, "problem": None}, {"session_id": 24, "problem": "It waits."}, 3),
    ]
    with ScriptedPeer(tmp_path / "socket", answer) as peer, Connection(peer.connect, client_name="test") as connection:
        children = children_of(connection, 1)
        shown = children_text(connection, children, interactions, width=None)
        assert [method for method, _ in peer.calls] == ["session/list", "session/list", "component/list"]
        assert peer.calls[0][1]["parentSessionId"] == 1
    assert shown.splitlines() == [
        "ID  ABOUT         TYPE              STATUS    COST   REASON",
        "21  Cart          component_design  complete  $0.50",
        "22  Item          component_design  failed           The step work did not succeed [2J in 5 attempts.",
        "23  by its title  component_design  paused",
        "24                component_design  active           It waits.",
    ]
