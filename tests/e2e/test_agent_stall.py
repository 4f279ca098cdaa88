"""An agent that does nothing any more: the model never answers, or a command waits for ever."""

import os
from typing import Any

import pytest

from tests.e2e.lone_agents import RUN, MadeWorld, bash
from tests.e2e.treadle_runs import World, ended, finished, wait_for_event

SOON = ("--param", "stall_timeout_s=5", "--asks", "wait")


def make_quiet(world: World) -> None:
    """A command that neither says nor does anything until somebody writes into `fifo`."""
    (world.project / "quiet.sh").write_text("read line < fifo\n")
    os.mkfifo(world.project / "fifo")


def stalled(world: World) -> dict[str, Any]:
    wait_for_event(world, "session_status_changed", action="asked", kind="stall")
    (ask,) = world.json("asks")
    assert isinstance(ask, dict)
    return ask


@pytest.mark.requirement("agent.silence-asks")
def test_one_that_is_interrupted_goes_on(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash("sh quiet.sh"), {"say": "Done without."})
    make_quiet(world)
    with ended(world.start(*RUN, *SOON)) as run:
        ask = stalled(world)
        assert [option["name"] for option in ask["options"]] == ["wait", "interrupt", "stop"]
        assert ask["details"]["open_calls"][0]["summary"] == "sh quiet.sh"
        assert world.treadle("answer", str(ask["id"]), "interrupt").code == 0
        done = finished(run)
    assert done.code == 0, done
    (trouble,) = [event["data"] for event in world.json("events", "1", "--type", "error_occurred")]
    assert trouble["kind"] == "stalled"


def test_one_that_is_stopped_fails_its_step_once(lone_agent: MadeWorld) -> None:
    world = lone_agent({"hang": True})
    with ended(world.start(*RUN, *SOON)) as run:
        assert world.treadle("answer", str(stalled(world)["id"]), "stop").code == 0
        done = finished(run)
    assert done.code == 1, done
    steps = world.json("show", "1")["interactions"]
    assert [step["result"]["data"].get("failure") for step in steps[1:2]] == ["stalled"]
    assert "did nothing any more" in done.stdout


def test_one_that_goes_on_by_itself_is_asked_about_no_more(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash("sh quiet.sh"), {"say": "Done."})
    make_quiet(world)
    with ended(world.start(*RUN, *SOON)) as run:
        stalled(world)
        (world.project / "fifo").write_text("go on\n")
        done = finished(run)
    assert done.code == 0, done
    (ask,) = world.json("asks", "--all")
    assert (ask["status"], ask["reason"]) == ("withdrawn", "The agent goes on.")
