"""A session that is paused while its agent works, with the real Claude Code."""

import signal

import pytest

from tests.e2e.lone_agents import RUN, MadeWorld, waiting, write
from tests.e2e.treadle_runs import ended, finished, wait_for_event
from treadle.runner.agent_pause import GO_ON


@pytest.mark.requirement("agent.is-held-by-a-pause")
def test_an_agent_is_held_until_its_session_goes_on(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), write("done.txt"), {"say": "All done."})
    with ended(world.start(*RUN)) as run:
        wait_for_event(world, "command_started")
        assert world.treadle("pause", "1").code == 0
        wait_for_event(world, "session_status_changed", agent_status="idle")
        assert run.poll() is None
        assert world.json("sessions")[0]["pausedAt"]
        assert world.treadle("say", "1", "Mind the tabs.").code == 0
        assert world.treadle("resume", "1").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert (world.project / "done.txt").exists()
    sent = [event["data"]["text"] for event in world.json("events", "1", "--type", "conversation_message_sent")]
    assert sent[1:] == [GO_ON, "Mind the tabs."]


def test_a_held_agent_ends_with_its_run(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), write("done.txt"), {"say": "All done."})
    with ended(world.start(*RUN)) as run:
        wait_for_event(world, "command_started")
        assert world.treadle("pause", "1").code == 0
        wait_for_event(world, "session_status_changed", agent_status="idle")
        run.send_signal(signal.SIGTERM)
        assert finished(run).code == 130
    assert world.treadle("run", "--session", "1").code == 8
    assert world.treadle("resume", "1").code == 0
    done = world.treadle("run", "--session", "1")
    assert (done.code, (world.project / "done.txt").exists()) == (0, True)
