"""What the agent in a terminal asks: in its own dialog, and as an ask that can be answered from anywhere."""

from tests.e2e.lone_agents import MadeWorld, bash, call
from tests.e2e.terminal_worlds import Person, at_work, whole

NEEDS_LEAVE = "python3 make.py"
SAYS_DONE = {"say": "All of it is done."}
COLOUR = {
    "question": "Which colour?",
    "header": "Colour",
    "multiSelect": False,
    "options": [{"label": "Red", "description": "Warm."}, {"label": "Blue", "description": "Cold."}],
}
QUESTION = call("AskUserQuestion", questions=[COLOUR])


def is_asked(person: Person, count: int = 1) -> int:
    """The number of the ask."""
    event = person.waits_for("session_status_changed", count, action="asked")
    return int(event["data"]["ask_id"])


def test_the_agents_own_question_is_answered_elsewhere(lone_agent: MadeWorld) -> None:
    world = lone_agent(QUESTION, SAYS_DONE)
    with at_work(world) as person:
        person.terminal.wait_for("1. Red")
        assert world.treadle("answer", str(is_asked(person)), "Blue").code == 0
        person.terminal.wait_gone("1. Red")
        person.is_done()
        assert '"Which colour?"="Blue"' in str(person.events("tool_result"))
        person.leaves()
        assert person.ends() == 0
    (ask,) = world.json("asks", "--all")
    assert (ask["kind"], ask["question"], ask["answer"]) == ("question", "Which colour?", "Blue")
    whole(world)


def test_the_agents_own_question_is_answered_in_the_terminal(lone_agent: MadeWorld) -> None:
    world = lone_agent(QUESTION, SAYS_DONE)
    with at_work(world) as person:
        person.terminal.wait_for("1. Red")
        is_asked(person)
        person.terminal.press("enter")
        person.waits_for("session_status_changed", action="withdrawn")
        person.is_done()
        assert '"Which colour?"="Red"' in str(person.events("tool_result"))
        person.leaves()
        assert person.ends() == 0
    whole(world)


def test_what_is_allowed_for_the_session_opens_no_dialog_again(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), bash(NEEDS_LEAVE), SAYS_DONE)
    with at_work(world) as person:
        assert world.treadle("answer", str(is_asked(person)), "allow_session").code == 0
        person.is_done()
        person.leaves()
        assert person.ends() == 0
        assert [event["data"]["tool"] for event in person.events("session_status_changed", action="allowed")] == [
            "Bash"
        ]
    assert len(world.json("asks", "--all")) == 1
    whole(world)


def test_a_daemon_that_is_killed_leaves_the_question_to_the_terminal(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), SAYS_DONE)
    with at_work(world) as person:
        person.terminal.wait_for("Do you want to proceed?")
        is_asked(person)
        world.kill_daemon()
        person.waits_for("session_status_changed", action="withdrawn")
        person.terminal.wait_for("Do you want to proceed?")
        person.terminal.press("enter")
        person.is_done()
        person.leaves()
        assert person.ends() == 0
    (ask,) = world.json("asks", "--all")
    assert ask["reason"] == "The daemon was started again; the terminal asks by itself."
    whole(world)
