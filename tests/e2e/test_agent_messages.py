"""What a person says to an agent at work, with the real Claude Code: it is read once, whoever is killed meanwhile."""

import pytest

from tests.e2e.lone_agents import RUN, MadeWorld, let_all_go, let_go, waiting
from tests.e2e.treadle_runs import World, ended, finished, wait_for_event
from treadle.agents.lenient import an_object, objects


def sent(world: World) -> list[tuple[str, str | None]]:
    events = world.json("events", "1", "--type", "conversation_message_sent")
    return [(event["data"]["text"], (event.get("metadata") or {}).get("message_uuid")) for event in events]


def said(world: World) -> list[str]:
    told = world.json("events", "1", "--type", "session_status_changed")
    return [event["uid"] for event in told if event["data"].get("action") == "said"]


@pytest.mark.requirement("agent.reads-each-message-once")
def test_what_is_said_while_a_tool_runs_is_read_when_it_is_done(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), {"say": "All done."})
    with ended(world.start(*RUN)) as run:
        wait_for_event(world, "command_started")
        done = world.treadle("say", "1", "Use tabs,", "please.")
        assert (done.code, done.stdout) == (0, "Step 2 (work) of session 1: its agent is told.\n")
        let_go(world)
        assert finished(run).code == 0
    assert sent(world)[1:] == [("Use tabs, please.", said(world)[0])]


def test_what_is_said_breaks_off_what_the_agent_is_doing(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), {"say": "I use tabs."})
    with ended(world.start(*RUN)) as run:
        wait_for_event(world, "command_started")
        assert world.treadle("say", "1", "Stop, use tabs.", "--interrupt").code == 0
        done = finished(run)
    assert done.code == 0, done
    assert sent(world)[1:] == [("Stop, use tabs.", said(world)[0])]
    work = world.json("show", "1")["interactions"][1]
    assert (work["result"]["status"], work["result"]["data"]["text"]) == ("ok", "I use tabs.")


def test_what_is_said_before_the_agent_works_comes_after_its_task(lone_agent: MadeWorld) -> None:
    world = lone_agent({"say": "First."}, {"say": "Second."})
    assert world.treadle("project", "--trust").code == 0
    with world.connection() as connection:
        (project,) = objects(connection.call("project/list")["data"])
        connection.call("session/create", {"type": "lone", "projectId": project["id"], "executionMode": "agentic"})
        first = an_object(connection.call("session/nextCommand", {"sessionId": 1})["interaction"])
        connection.call("interaction/markDone", {"sessionId": 1, "interactionId": first["id"]})
    assert "its agent is told once it works: " in world.treadle("say", "1", "Use tabs.").stdout
    assert world.treadle("run", "--session", "1").code == 0
    assert [text for text, _ in sent(world)][1:] == ["Use tabs."]


@pytest.mark.requirement("agent.reads-each-message-once")
def test_a_killed_runner_delivers_what_was_said_and_only_once(lone_agent: MadeWorld) -> None:
    """One message was read before the runner was killed, one was not, and one was said while nobody ran it."""
    world = lone_agent(*[waiting()] * 30, {"say": "All done."}, {"say": "Really."})
    with ended(world.start(*RUN)) as run:
        wait_for_event(world, "command_started")
        world.treadle("say", "1", "One.")
        while ("One.", said(world)[0]) not in sent(world):
            let_go(world)
        world.treadle("say", "1", "Two.")
        run.kill()
        run.communicate()
    world.treadle("say", "1", "Three.")
    let_all_go(world)
    done = world.treadle("run", "--session", "1")
    assert done.code == 0, done
    texts = [text for text, _ in sent(world)]
    assert {text: texts.count(text) for text in ("One.", "Two.", "Three.")} == {"One.": 1, "Two.": 1, "Three.": 1}


def test_a_step_that_is_no_agents_is_told_nothing(lone_agent: MadeWorld) -> None:
    world = lone_agent({"say": "Done."})
    assert world.treadle(*RUN).code == 0
    done = world.treadle("say", "1", "Too late.")
    assert (done.code, done.stderr) == (1, "treadle: The session is complete.\n")
