"""A step goes from the background to the person's terminal and back, in one conversation; and its gate in there."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.e2e.claude_terminal import on_a_terminal, seed
from tests.e2e.lone_agents import RUN, MadeWorld, let_go, waiting, write
from tests.e2e.terminal_worlds import BY_HAND, GO_ON, LEFT, Person, at_work, by_hand, events, whole
from tests.e2e.treadle_runs import World, ended, finished, wait_for_event
from treadle.agents.lenient import an_object
from treadle.client.errors import ExitCode

SAYS_DONE = {"say": "All of it is done."}


def conversations(world: World) -> list[str]:
    return [event["data"]["conversation_id"] for event in events(world, "conversation_started")]


def test_a_step_goes_from_the_background_to_the_terminal_and_back(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), waiting(), waiting(), SAYS_DONE)
    with ended(world.start(*RUN, "--permission-mode", "acceptEdits")) as background:
        wait_for_event(world, "command_started")
        with by_hand(world, *GO_ON) as person:
            person.begins("work")
            left = finished(background)
            assert left.code == ExitCode.INTERRUPTED
            assert "was switched to mode manual" in left.stderr
            person.waits_for("conversation_started", 2)
            person.waits_for("command_started", 2)
            back = world.start("run", "--session", "1", "--mode", "agentic")
            with ended(back):
                assert person.terminal.end() == ExitCode.INTERRUPTED
                assert "was switched to mode agentic" in person.terminal.screen
                person.waits_for("command_started", 3)
                let_go(world)
                done = finished(back)
    assert done.code == 0, done
    assert len(conversations(world)) == 3
    assert len(set(conversations(world))) == 1
    assert [result["status"] for step, result in results(world) if step == "work"] == ["ok"]
    assert not list((world.data_dir / "runs").iterdir())


def results(world: World) -> list[tuple[str, dict[str, str]]]:
    return [(each["step"], each["result"]) for each in world.json("show", "1")["interactions"] if each["result"]]


def test_a_gate_keeps_the_agent_at_work_until_it_passes(lone_agent: MadeWorld) -> None:
    world = lone_agent(SAYS_DONE, write("there.txt"), SAYS_DONE)
    script = "test -e there.txt || { echo It is not there.; exit 2; }"
    with by_hand(world, *BY_HAND) as person:
        person.begins("initialize")
        person.terminal.wait_written("Next: work", "Run it?")
        edit = {"gate": {"argv": ["sh", "-c", script], "max_runs": 2}}
        set_gate(world, edit)
        person.terminal.press("enter")
        person.begins("work")  # its command was changed meanwhile
        result = person.is_done()
        person.leaves()
        assert person.ends() == 0
    assert result["status"] == "ok"
    assert (result["data"]["gate"]["passed"], result["data"]["gate"]["runs"]) == (True, 2)
    told = [event["data"]["outcome"] for event in events(world, "hook_completed", gate=True)]
    assert told == ["blocked", "passed"]
    whole(world)


def set_gate(world: World, metadata: Mapping[str, object]) -> None:
    with world.connection() as connection:
        session = an_object(connection.call("session/get", {"sessionId": 1})["session"])
        key = {"sessionId": 1, "interactionId": an_object(session["pendingInteraction"])["id"]}
        connection.call("interaction/edit", {**key, "metadata": metadata})


def test_a_session_that_is_cancelled_elsewhere_ends_the_ui(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        assert world.treadle("cancel", "1").code == 0
        assert person.terminal.end() == ExitCode.SESSION_FAILED
        assert "Session 1 was cancelled; Claude Code was ended." in person.terminal.screen
    assert not list((world.data_dir / "runs").iterdir())


def test_ctrl_z_gives_the_shell_the_terminal_and_fg_gives_it_back(lone_agent: MadeWorld) -> None:
    world = lone_agent(SAYS_DONE, {"say": "And more."})
    seed(Path(world.environment["CLAUDE_CONFIG_DIR"]), world.project)
    shell = ["/bin/bash", "--norc", "--noprofile", "-i"]
    with on_a_terminal(shell, {**world.environment, "PS1": "SHELL> "}, world.project) as terminal:
        person = Person(world, terminal)
        terminal.wait_for("SHELL>")
        terminal.type(" ".join([*world.program, *BY_HAND, "--data-dir", str(world.data_dir)]) + "\r")
        person.begins("initialize", "work")
        person.is_done()
        terminal.press("ctrl-z")
        terminal.wait_for("Stopped")
        terminal.say("fg")
        terminal.wait_for("accept edits on", after="fg")
        terminal.say("Go on.")
        person.waits_for("conversation_message_received", text="And more.")
        person.leaves()
        person.begins("finalize")
        terminal.wait_for("is complete.")
        terminal.say("exit")
        terminal.end()


@pytest.mark.parametrize("turn", [{"error": {"status": 400, "type": "invalid_request_error", "message": "No."}}])
def test_a_turn_that_failed_is_not_done(lone_agent: MadeWorld, turn: dict[str, object]) -> None:
    world = lone_agent(turn, SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("error_occurred")
        person.leaves()
        person.terminal.wait_for(LEFT)
        assert person.result() is None
        person.chooses("l")
        assert person.terminal.end() == ExitCode.INTERRUPTED


def test_a_conversation_that_claude_code_has_lost_begins_anew(lone_agent: MadeWorld) -> None:
    """One that is killed at once has a transcript in which nothing is."""
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        person.ui().kill()
        person.chooses("l")
        assert person.terminal.end() == ExitCode.INTERRUPTED
    for transcript in Path(world.environment["CLAUDE_CONFIG_DIR"]).glob("projects/*/*.jsonl"):
        transcript.write_text('{"type": "mode", "mode": "normal"}\n')
    with by_hand(world, *GO_ON) as person:
        person.begins("work")
        person.waits_for("command_started", 2)
        let_go(world)
        person.is_done()
        person.leaves()
        assert person.ends() == 0
        person.terminal.wait_written("the step begins anew")
    assert len(set(conversations(world))) == 2
