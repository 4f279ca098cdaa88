"""A run in a terminal puts an agent's ask there too, while the agent is watched further; the first answer counts."""

from tests.e2e.lone_agents import RUN, MadeWorld, bash
from tests.e2e.terminals import Terminal

NEEDS_LEAVE = "python3 make.py"
PROMPT = "Answer (a comment may follow it): "


def test_the_person_at_the_terminal_answers(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), {"say": "Done otherwise."})
    terminal = Terminal(world, *RUN, "--plain")
    terminal.wait_for(PROMPT)
    assert f"$ {NEEDS_LEAVE}" in terminal.text
    terminal.type("perhaps\n")
    terminal.wait_for("perhaps is no answer")
    terminal.type("deny Use make instead.\n")
    assert terminal.end() == 0, terminal.text
    (ask,) = world.json("asks", "--all")
    assert (ask["answer"], ask["comment"]) == ("deny", "Use make instead.")
    assert "A person denied this: Use make instead." in str(world.json("events", "1", "--type", "tool_result"))


def test_an_answer_from_elsewhere_takes_the_question_away(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash(NEEDS_LEAVE), {"say": "Done."})
    terminal = Terminal(world, *RUN)
    terminal.wait_for(PROMPT)
    assert world.treadle("answer", str(world.json("asks")[0]["id"]), "allow").code == 0
    assert terminal.end() == 0, terminal.text
    assert "was answered: allow, by " in terminal.text
    assert (world.project / "made.txt").exists()
