"""A session whose agents may cost only so much, with the real Claude Code and its own sums."""

from typing import Any

import pytest

from tests.e2e.lone_agents import RUN, MadeWorld, bash
from tests.e2e.treadle_runs import World, ended, finished, wait_for_event

TURNS = (*[bash("true")] * 3, {"say": "Done."}, {"say": "Done at last."})
"""Each answer of the scripted model costs about half a cent, later ones more."""
ONE_CALL = ("--budget", "0.002")
"""Used up by the first answer."""


def asked(world: World) -> dict[str, Any]:
    wait_for_event(world, "session_status_changed", action="asked", kind="budget")
    (ask,) = world.json("asks")
    assert isinstance(ask, dict)
    return ask


def work_of(world: World) -> dict[str, Any]:
    step = world.json("show", "1")["interactions"][1]
    assert isinstance(step, dict)
    return step


@pytest.mark.requirement("agent.budget-asks")
def test_who_allows_more_lets_the_same_conversation_go_on(lone_agent: MadeWorld) -> None:
    world = lone_agent(*TURNS)
    with ended(world.start(*RUN, "--budget", "0.012", "--asks", "wait")) as run:
        ask = asked(world)
        assert [option["name"] for option in ask["options"]] == ["continue", "stop"]
        assert ask["details"]["spent_usd"] >= ask["details"]["limit_usd"] == 0.012
        assert run.poll() is None
        while True:
            assert world.treadle("answer", str(ask["id"]), "continue").code == 0
            wait_for_event(world, "conversation_started", resumed=True)
            if not (more := open_asks_or_end(world)):
                break
            (ask,) = more
        done = finished(run)
    assert done.code == 0, done
    starts = world.json("events", "1", "--type", "conversation_started")
    assert len({event["data"]["conversation_id"] for event in starts}) == 1
    data = work_of(world)["result"]["data"]
    ends = [event["data"]["cost_usd"] for event in world.json("events", "1", "--type", "conversation_ended")]
    assert len(ends) > 1
    assert abs(data["cost_usd"] - sum(ends)) < 1e-6
    assert abs(world.json("sessions")[0]["costUsd"] - sum(ends)) < 1e-6


def open_asks_or_end(world: World) -> list[dict[str, Any]]:
    """The next ask, or nothing when the step has ended."""
    with world.connection() as connection:
        connection.call("session/subscribe")
        while True:
            asks = world.json("asks")
            if asks or work_of(world)["result"]:
                return list(asks)
            next(connection.notices(timeout=1.0), None)


@pytest.mark.requirement("agent.budget-asks")
def test_who_stops_it_has_a_failed_step_that_nobody_tries_again(lone_agent: MadeWorld) -> None:
    world = lone_agent(*TURNS)
    with ended(world.start(*RUN, *ONE_CALL, "--asks", "wait")) as run:
        assert world.treadle("answer", str(asked(world)["id"]), "stop").code == 0
        done = finished(run)
    assert (done.code, "it may cost $0.0020" in done.stdout) == (1, True), done
    result = work_of(world)["result"]
    assert (result["status"], result["data"]["failure"]) == ("error", "budget_used_up")
    assert result["data"]["model"]
    assert result["data"]["agent_version"]
    assert len(world.json("events", "1", "--type", "conversation_started")) == 1


def test_where_nobody_is_the_ask_waits_and_the_run_ends(lone_agent: MadeWorld) -> None:
    world = lone_agent(*TURNS)
    done = world.treadle(*RUN, *ONE_CALL)
    assert done.code == 9, done
    (ask,) = world.json("asks")
    assert f"answer {ask['id']} continue" in done.stderr
    assert work_of(world)["result"] is None
    again = world.treadle("run", "--session", "1")
    assert (again.code, [each["id"] for each in world.json("asks")]) == (9, [ask["id"]])
    assert world.treadle("answer", str(ask["id"]), "stop").code == 0
    stopped = world.treadle("run", "--session", "1")
    assert (stopped.code, work_of(world)["result"]["data"]["failure"]) == (1, "budget_used_up")
