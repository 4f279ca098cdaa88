"""What a person chooses for the agent of a session, a gate beside asks, and an API that fails, with the real agent."""

import pytest

from tests.e2e.lone_agents import RUN, WORKFLOW, MadeWorld, bash, write
from tests.e2e.treadle_runs import World, ended, finished, wait_for_event

ERRORS = {
    400: ("invalid_request_error", "api_error", 0),
    401: ("authentication_error", "not_logged_in", 1),
    429: ("rate_limit_error", "api_error", 1),
    500: ("api_error", "api_error", 1),
    529: ("overloaded_error", "api_error", 1),
}
"""By HTTP status: the API's own kind, what the step's result says, and whether Claude Code tries again."""


def data_of_events(world: World, event_type: str) -> list[dict[str, object]]:
    return [event["data"] for event in world.json("events", "1", "--type", event_type)]


@pytest.mark.parametrize("status", list(ERRORS))
def test_an_api_that_fails_is_told_with_its_retries(lone_agent: MadeWorld, status: int) -> None:
    kind, failure, retries = ERRORS[status]
    world = lone_agent({"error": {"status": status, "type": kind, "message": "Not now."}})
    done = world.treadle(*RUN)
    assert done.code == 1, done
    result = world.json("show", "1")["interactions"][1]["result"]
    assert (result["status"], result["data"]["failure"]) == ("error", failure)
    told = [data["error_status"] for data in data_of_events(world, "error_occurred") if data["kind"] == "api_retry"]
    assert told[:retries] == [status] * retries
    assert bool(told) == bool(retries)


def test_a_stream_that_is_cut_is_tried_again_and_told(lone_agent: MadeWorld) -> None:
    world = lone_agent({"say": "This is cut off in the middle, since it is long enough. " * 5, "cut": True})
    assert world.treadle(*RUN).code == 0
    assert [data["kind"] for data in data_of_events(world, "error_occurred")].count("api_retry") >= 1
    assert world.json("show", "1")["interactions"][1]["result"]["status"] == "ok"


def test_the_model_the_mode_and_the_turns_are_the_persons(lone_agent: MadeWorld) -> None:
    world = lone_agent(write("a.txt"), write("b.txt"), {"say": "Done."})
    chosen = ("--model", "claude-sonnet-4-5", "--max-turns", "1", "--permission-mode", "manual", "--asks", "wait")
    with ended(world.start(*RUN, *chosen)) as run:
        wait_for_event(world, "session_status_changed", action="asked")
        (ask,) = world.json("asks")
        assert ask["question"] == "Claude Code wants to write a.txt"
        assert world.treadle("answer", str(ask["id"]), "allow").code == 0
        finished(run)
    (started,) = data_of_events(world, "conversation_started")
    assert (started["model"], started["permission_mode"]) == ("claude-sonnet-4-5", "default")
    assert (world.project / "a.txt").exists()
    assert world.json("show", "1")["interactions"][1]["result"]["data"]["failure"] == "max_turns"


def test_in_the_mode_plan_nothing_is_changed_unasked(lone_agent: MadeWorld) -> None:
    world = lone_agent(write("a.txt"), {"say": "Done."})
    assert world.treadle(*RUN, "--permission-mode", "plan").code == 0
    assert not (world.project / "a.txt").exists()


def test_what_a_running_command_prints_is_told_meanwhile(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash("sh slow.sh"), {"say": "Done."})
    (world.project / "slow.sh").write_text("echo begun\nwhile ! test -e go; do sleep 0.05; done\necho over\n")
    with ended(world.start(*RUN)) as run:
        wait_for_event(world, "command_output", live=True)
        (world.project / "go").touch()
        assert finished(run).code == 0
    outputs = [data["text"] for data in data_of_events(world, "command_output") if data.get("tool") == "Bash"]
    assert "".join(map(str, outputs)).split() == ["begun", "over"]


def test_a_gate_runs_between_asks(lone_agent: MadeWorld) -> None:
    turns = ({"say": "Done."}, bash("python3 make.py"), {"say": "Now it is."})
    world = lone_agent(*turns, workflow=f"{WORKFLOW}    gate: [test, -e, made.txt]\n")
    with ended(world.start(*RUN, "--asks", "wait")) as run:
        wait_for_event(world, "session_status_changed", action="asked")
        (ask,) = world.json("asks")
        assert world.treadle("answer", str(ask["id"]), "allow").code == 0
        done = finished(run)
    assert done.code == 0, done
    outcomes = [data["outcome"] for data in data_of_events(world, "hook_completed")]
    assert outcomes == ["blocked", "passed"]
