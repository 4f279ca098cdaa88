"""An agent's step that a person does in Claude Code's own UI: what is recorded, and when it is done."""

import pytest

from tests.e2e.lone_agents import MadeWorld, bash, let_go, waiting, write
from tests.e2e.terminal_worlds import GO_ON, LEFT, PROMPT, at_work, by_hand, sources, whole
from treadle.client.errors import ExitCode

NEEDS_LEAVE = "python3 make.py"
SAYS_DONE = {"say": "All of it is done."}


def test_the_result_is_there_while_the_ui_is_open_and_the_run_goes_on_after_it(lone_agent: MadeWorld) -> None:
    world = lone_agent(write("a.txt"), SAYS_DONE, {"say": "And more."})
    with at_work(world) as person:
        result = person.is_done()
        assert result["status"] == "ok"
        assert result["data"]["text"] == "All of it is done."
        assert result["data"]["terminal"] is True
        person.terminal.say("Go on.")
        person.terminal.wait_for("And more.")
        person.waits_for("conversation_message_received", text="And more.")
        person.leaves()
        assert person.ends() == 0
    (again,) = [person.result()]
    assert again == result
    whole(world)


def test_the_person_answers_a_permission_in_the_terminal(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), SAYS_DONE)
    with at_work(world) as person:
        person.terminal.wait_for("Do you want to proceed?")
        person.waits_for("session_status_changed", action="asked")
        person.terminal.press("enter")
        person.waits_for("session_status_changed", action="withdrawn")
        person.is_done()
        assert (world.project / "made.txt").exists()
        person.leaves()
        assert person.ends() == 0
    (ask,) = world.json("asks", "--all")
    assert (ask["status"], ask["reason"]) == ("withdrawn", "It was answered in the terminal.")
    whole(world)


def test_a_permission_is_given_elsewhere_and_the_dialog_goes_away(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), SAYS_DONE)
    with at_work(world) as person:
        person.terminal.wait_for("Do you want to proceed?")
        person.waits_for("session_status_changed", action="asked")
        assert world.treadle("answer", "1", "allow").code == 0
        person.terminal.wait_gone("Do you want to proceed?")
        person.is_done()
        assert (world.project / "made.txt").exists()
        person.leaves()
        assert person.ends() == 0
    whole(world)


def test_a_permission_is_denied_elsewhere_with_a_reason(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("session_status_changed", action="asked")
        assert world.treadle("answer", "1", "deny", "--comment", "Use make instead.").code == 0
        person.is_done()
        assert not (world.project / "made.txt").exists()
        assert "Use make instead." in str(person.events("tool_result"))
        person.leaves()
        assert person.ends() == 0
    whole(world)


def test_escape_breaks_the_turn_off_and_the_next_prompt_goes_on(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        person.terminal.wait_for("esc to interrupt")
        person.terminal.press("escape")
        person.waits_for("session_status_changed", agent_status="interrupted")
        assert person.result() is None
        person.terminal.say("Go on.")
        assert person.is_done()["data"]["text"] == "All of it is done."
        person.waits_for("conversation_message_sent", text="Go on.")
        person.leaves()
        assert person.ends() == 0
    whole(world)


def test_clear_begins_another_conversation_in_the_same_step(lone_agent: MadeWorld) -> None:
    world = lone_agent(SAYS_DONE, {"say": "And more."})
    with at_work(world) as person:
        person.is_done()
        person.terminal.say("/clear")
        person.waits_for("conversation_started", 2)
        person.terminal.say("Once more.")
        person.waits_for("conversation_message_received", 2, text="All of it is done.")
        person.leaves()
        assert person.ends() == 0
    first, second = person.events("conversation_started")
    assert first["data"]["conversation_id"] != second["data"]["conversation_id"]
    whole(world)


def test_who_leaves_in_the_middle_is_asked_and_goes_on_in_the_same_conversation(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        person.terminal.wait_for("esc to interrupt")
        person.terminal.press("escape")
        person.waits_for("session_status_changed", agent_status="interrupted")
        person.leaves()
        person.chooses("perhaps")
        person.chooses("a")
        person.terminal.wait_for(PROMPT, after=LEFT)
        person.terminal.say("Go on.")
        person.is_done()
        person.leaves()
        assert person.ends() == 0
    assert len({event["data"]["conversation_id"] for event in person.events("conversation_started")}) == 1


def test_who_says_that_it_is_done_is_believed(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        person.terminal.wait_for("esc to interrupt")
        person.terminal.press("escape")
        person.waits_for("session_status_changed", agent_status="interrupted")
        person.leaves()
        person.chooses("d")
        assert person.ends() == 0
    result = person.result()
    assert result is not None
    assert result["status"] == "ok"


def test_a_killed_ui_gives_the_terminal_back_and_the_session_goes_on_later(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        person.waits_until(lambda: sources(world)["transcript"] == "live", "no transcript")
        person.ui().kill()
        person.chooses("l")
        assert person.terminal.end() == ExitCode.INTERRUPTED
        assert "treadle run --session 1" in person.terminal.screen
    let_go(world)
    with by_hand(world, *GO_ON) as person:
        person.begins("work")
        person.is_done()
        person.leaves()
        assert person.ends() == 0
    assert len({event["data"]["conversation_id"] for event in person.events("conversation_started")}) == 1


def test_a_killed_run_leaves_nothing_and_the_session_goes_on(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        ui = person.ui()
        person.terminal.process.kill()
        ui.wait(60)
    let_go(world)
    with by_hand(world, *GO_ON) as person:
        person.begins("work")
        person.is_done()
        person.leaves()
        assert person.ends() == 0
    assert not list((world.data_dir / "runs").iterdir())
    assert len({event["data"]["conversation_id"] for event in person.events("conversation_started")}) == 1


def test_a_terminal_that_is_closed_ends_the_ui(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        ui = person.ui()
        assert person.terminal.close() == ExitCode.INTERRUPTED
        ui.wait(60)
    assert person.result() is None
    assert not list((world.data_dir / "runs").iterdir())


@pytest.mark.parametrize("number_of_kills", [1, 3])
def test_a_daemon_that_is_killed_loses_nothing(lone_agent: MadeWorld, number_of_kills: int) -> None:
    turns = (write("a.txt"), waiting(), write("b.txt"), waiting(), write("c.txt"), SAYS_DONE)
    world = lone_agent(*turns)
    with at_work(world) as person:
        for number in range(2):
            person.waits_for("command_started", number + 1)
            person.waits_for_command("sh", "wait.sh")
            for _ in range(number_of_kills):
                person.waits_until(lambda: world.json("status")["running"], "no daemon")
                world.kill_daemon()
                person.waits_until_hooks_are_heard()
            let_go(world)
            person.waits_for("tool_result", 2 * number + 2)
        assert person.is_done()["data"]["text"] == "All of it is done."
        person.leaves()
        assert person.ends() == 0
    assert "hook failed" not in person.terminal.written
    made = person.events("file_created", tool="Write")
    assert [event["data"]["path"] for event in made] == ["a.txt", "b.txt", "c.txt"]
    assert person.said() == ["Do what there is to do."]
    whole(world)
