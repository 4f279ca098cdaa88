"""Claude Code's own terminal UI on the tests' terminal: what the harness itself needs of it."""

from tests.e2e.agent_worlds import END, AgentWorld, bash, calls
from tests.e2e.claude_terminal import claude_on_a_terminal
from tests.e2e.treadle_runs import lives


def test_a_person_works_with_claude_and_leaves(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash("touch asked.txt"), say="I ask."), {"say": "It is there."}, {"say": "Second turn."})
    with claude_on_a_terminal(agent_world, prompt="Make the file.") as terminal:
        terminal.wait_for("Do you want")
        assert not (agent_world.project / "asked.txt").exists()
        terminal.press("enter")
        terminal.wait_for("It is there.")
        terminal.wait_gone("Do you want")
        assert (agent_world.project / "asked.txt").exists()
        terminal.say("Go on.")
        terminal.wait_for("Second turn.")
        terminal.say("/exit")
        assert terminal.end() == 0


def test_escape_ends_a_turn_and_nothing_is_left_when_the_test_ends(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash("sh -c 'while ! test -e go; do sleep 0.1; done'"), say="I wait."), END)
    with claude_on_a_terminal(agent_world, "--allowedTools=Bash", prompt="Wait.") as terminal:
        terminal.wait_for("ctrl+b to run in background")
        terminal.press("escape")
        terminal.wait_for("Interrupted")
        left = terminal.processes()
        assert terminal.process.pid in [process.pid for process in left]
    assert not any(map(lives, left))


def test_a_terminal_that_is_closed_ends_it(agent_world: AgentWorld) -> None:
    agent_world.plays(END)
    with claude_on_a_terminal(agent_world, prompt="Begin.") as terminal:
        terminal.wait_for("Done.")
        assert terminal.close() in (0, 129, -1)
