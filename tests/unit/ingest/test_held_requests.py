"""What shows that a request for permission was answered in the terminal."""

import asyncio
from contextlib import ExitStack

import pytest

from tests.unit.ingest.watched import hook
from treadle.agents.lenient import JsonObject
from treadle.ingest.held_requests import HeldRequests


class Asked:
    """Two requests of the agent's own, and one of a sub-agent's."""

    def __init__(self) -> None:
        self.held = HeldRequests()
        self.gone = {name: asyncio.Event() for name in ("one", "two", "of a sub-agent")}
        self.stack = ExitStack()
        for name, gone in self.gone.items():
            asked = hook("PermissionRequest", agent_id="a" if name == "of a sub-agent" else None)
            self.stack.enter_context(self.held.holding(asked, name, gone))

    @property
    def answered(self) -> set[str]:
        return {name for name, gone in self.gone.items() if gone.is_set()}


@pytest.mark.parametrize(
    ("heard", "answered"),
    [
        (hook("PostToolUse", tool_use_id="one"), ["one"]),
        (hook("PostToolUseFailure", tool_use_id="of a sub-agent"), ["of a sub-agent"]),
        (hook("PostToolBatch", tool_calls=[{"tool_use_id": "two"}, {"tool_use_id": "x"}]), ["two"]),
        (hook("PreToolUse", tool_use_id="one"), []),
        (hook("Stop"), ["one", "two"]),
        (hook("StopFailure"), ["one", "two"]),
        (hook("SessionEnd"), ["one", "two"]),
        (hook("SubagentStop"), []),
        (hook("PostToolUse", tool_use_id={"odd": 1}), []),
        (hook("PostToolBatch", tool_calls=[{"tool_use_id": []}]), []),
    ],
    ids=str,
)
def test_a_result_or_the_end_of_the_turn(heard: JsonObject, answered: list[str]) -> None:
    asked = Asked()
    asked.held.hook(heard)
    assert asked.answered == set(answered)


def test_a_terminal_that_does_not_wait_any_more() -> None:
    asked = Asked()
    asked.held.status({"status": "busy"})
    assert asked.answered == set(), "it has not shown the question yet"
    asked.held.status({"status": "waiting"})
    later = asyncio.Event()
    with asked.held.holding(hook("PermissionRequest"), None, later):
        asked.held.status({"status": "busy"})
        assert asked.answered == set(asked.gone)
        assert not later.is_set()
        asked.stack.close()
        asked.held.status({"status": "waiting"})
        asked.held.status({})
        assert later.is_set()
