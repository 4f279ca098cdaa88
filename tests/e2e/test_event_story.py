"""`treadle events` tells a session as a story."""

import re

from tests.e2e import told_session
from tests.e2e.lone_agents import RUN, MadeWorld, let_go
from tests.e2e.treadle_runs import World, ended, finished, wait_for_event
from tools.claude_code_cli import VERSION


def run_it(lone_agent: MadeWorld) -> World:
    world = lone_agent(
        *told_session.TURNS, workflow=told_session.WORKFLOW, subagents={"Count them.": told_session.SUBAGENT}
    )
    with ended(world.start(*RUN, "--asks", "wait")) as run:
        asked = wait_for_event(world, "session_status_changed", action="asked", tool="Bash")
        assert world.treadle("answer", str(asked["data"]["ask_id"]), "deny", "--comment", "Not today.").code == 0
        asked = wait_for_event(world, "session_status_changed", action="asked", kind="question")
        done = world.treadle("answer", str(asked["data"]["ask_id"]), "Short")
        assert done.code == 0, done
        wait_for_event(world, "command_started", command="sh wait.sh")
        done = world.treadle("say", "1", "Mind the spelling.")
        assert done.code == 0, done
        let_go(world)
        done = finished(run)
        assert done.code == 0, done
    return world


def plain(story: str, world: World) -> str:
    """Without what is another each time: times, durations, sizes that hold the length of a path."""
    story = re.sub(r"^\d\d:\d\d:\d\d", "12:00:00", story, flags=re.MULTILINE)
    story = re.sub(r"[\d,]+ tokens, \$[\d.]+", "N tokens, $N", story)
    story = re.sub(r"(, |  )\d+\.\d s$", "", story, flags=re.MULTILINE)
    return story.replace(VERSION, "N").replace(str(world.project), "PROJECT")


def test_a_session_is_told_as_a_story(lone_agent: MadeWorld) -> None:
    world = run_it(lone_agent)
    told = plain(world.treadle("events", "1").stdout, world)
    assert told == told_session.STORY, told
    followed = plain(world.treadle("events", "1", "--follow").stdout, world)
    assert followed == told
    whole = world.treadle("events", "1", "--all").stdout.splitlines()
    assert len(whole) == len(world.json("events", "1"))
    listed = world.treadle("events", "1", "--type", "file_created").stdout.splitlines()
    assert [line.split()[1:] for line in listed] == [["file_created", "notes.txt"], ["file_created", "gate.txt"]]
