"""A paused session's agent, as its runner sees it."""

from typing import Any

from treadle.runner.agent_inbox import Deed
from treadle.runner.agent_pause import GO_ON, AgentPause

PAUSED = Deed("p", "session_paused", "", {})
RESUMED = Deed("r", "session_resumed", "", {})
ABORTED = {"type": "result", "terminal_reason": "aborted_tools"}
DONE = {"type": "result", "terminal_reason": "completed"}


def told(pause: AgentPause, *, is_idle: bool) -> list[Any]:
    messages: list[Any] = pause.tick(is_idle=is_idle)
    return [each.get("request", {}).get("subtype") or each["message"]["content"] for each in messages]


def test_an_agent_at_work_is_broken_off_once_and_goes_on_later() -> None:
    pause = AgentPause()
    assert (told(pause, is_idle=False), pause.holds) == ([], False)
    pause.heard(PAUSED)
    assert told(pause, is_idle=False) == ["interrupt"]
    assert (told(pause, is_idle=False), pause.is_person_awaited) == ([], True)
    pause.read(ABORTED)
    assert (told(pause, is_idle=True), pause.holds, pause.is_person_awaited) == ([], True, True)
    pause.heard(RESUMED)
    (message,) = pause.tick(is_idle=True)
    assert message["message"] == {"role": "user", "content": GO_ON}
    assert (pause.holds, pause.is_person_awaited, told(pause, is_idle=True)) == (True, False, [])
    pause.read({"type": "user", "isReplay": True, "uuid": message["uuid"]})
    assert not pause.holds


def test_a_queued_message_that_begins_another_turn_is_broken_off_too() -> None:
    pause = AgentPause(is_paused=True)
    assert told(pause, is_idle=False) == ["interrupt"]
    pause.read(ABORTED)
    assert told(pause, is_idle=False) == ["interrupt"]


def test_an_agent_that_was_only_starting_is_broken_off_when_its_turn_begins() -> None:
    pause = AgentPause()
    pause.heard(PAUSED)
    assert told(pause, is_idle=False) == ["interrupt"]
    pause.read({"type": "system", "subtype": "init"})
    assert told(pause, is_idle=False) == ["interrupt"]
    pause.read(ABORTED)
    assert (told(pause, is_idle=True), pause.holds) == ([], True)


def test_an_agent_that_was_done_before_is_not_held() -> None:
    pause = AgentPause()
    pause.heard(PAUSED)
    assert (told(pause, is_idle=True), pause.holds) == ([], False)


def test_an_agent_that_ends_its_turn_at_that_moment_is_not_held() -> None:
    pause = AgentPause()
    pause.heard(PAUSED)
    told(pause, is_idle=False)
    pause.read(DONE)
    assert (told(pause, is_idle=True), pause.holds) == ([], False)


def test_an_agent_goes_on_when_its_turn_is_really_over() -> None:
    pause = AgentPause()
    pause.heard(PAUSED)
    told(pause, is_idle=False)
    pause.heard(RESUMED)
    assert told(pause, is_idle=False) == []
    pause.read(ABORTED)
    assert told(pause, is_idle=True) == [GO_ON]
