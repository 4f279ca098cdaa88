"""What an agent leaves running in the background when it has nothing more to do, with the real Claude Code."""

from tests.e2e.lone_agents import RUN, MadeWorld, let_go
from tests.e2e.treadle_runs import ended, finished, wait_for_event


def test_a_command_in_the_background_is_waited_for_and_its_end_gives_the_agent_a_turn(lone_agent: MadeWorld) -> None:
    begins = {"calls": [{"tool": "Bash", "input": {"command": "sh wait.sh", "run_in_background": True}}]}
    world = lone_agent(begins, {"say": "I wait."}, {"say": "Heard."}, {"say": "It has ended."})
    with ended(world.start(*RUN)) as run:
        wait_for_event(world, "conversation_message_received", text="I wait.")
        wait_for_event(world, "session_status_changed", agent_status="idle")
        assert world.treadle("say", "1", "Are you there?").code == 0
        wait_for_event(world, "conversation_message_received", text="Heard.")
        let_go(world)
        done = finished(run)
    assert done.code == 0, done
    (begun,) = world.json("events", "1", "--type", "conversation_started")
    assert begun["data"]["resumed"] is False
    (command,) = world.json("events", "1", "--type", "command_completed")[:1]
    assert (command["data"]["background"], command["data"]["exit_code"]) == (True, 0)
    assert world.json("show", "1")["interactions"][1]["result"]["data"]["text"] == "It has ended."
