"""What Claude Code in the person's terminal is given, and that everything of the person's own stays as it is."""

import json
import stat
from contextlib import ExitStack

from tests.e2e.lone_agents import MadeWorld, bash, waiting, write
from tests.e2e.terminal_worlds import at_work, personal_settings, sources, whole

SAYS_DONE = {"say": "All of it is done."}
HOOKS = ["UserPromptSubmit", "PostToolUse", "Stop"]


def test_the_persons_own_hooks_go_on_firing_and_their_settings_are_not_touched(lone_agent: MadeWorld) -> None:
    world = lone_agent(write("a.txt"), SAYS_DONE)
    fired = world.project.parent / "fired"
    hook = {"hooks": [{"type": "command", "command": f"cat >> {fired}; echo >> {fired}"}]}
    settings = personal_settings(
        world, {"hooks": {event: [hook] for event in ("UserPromptSubmit", "PostToolUse", "Stop")}}
    )
    before = settings.read_bytes()
    with at_work(world) as person:
        person.is_done()
        person.leaves()
        assert person.ends() == 0
    assert settings.read_bytes() == before
    told = [json.loads(line)["hook_event_name"] for line in fired.read_text().split("\n") if line]
    assert told == HOOKS
    whole(world)


def test_its_settings_are_for_this_user_alone_and_gone_afterwards(lone_agent: MadeWorld) -> None:
    world = lone_agent(waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started")
        (settings,) = [word.partition("=")[2] for word in person.ui().cmdline() if word.startswith("--settings=")]
        found = list((world.data_dir / "runs").rglob("settings.json"))
        assert [str(path) for path in found] == [settings]
        assert stat.S_IMODE(found[0].stat().st_mode) == 0o600
        assert stat.S_IMODE(found[0].parent.stat().st_mode) == 0o700
        token = person.ui().environ()["TREADLE_HOOK_TOKEN"]
        assert token not in found[0].read_text()
        (world.project / "go").touch()
        person.is_done()
        person.leaves()
        assert person.ends() == 0
    assert not list((world.data_dir / "runs").iterdir())
    kept = [path for path in world.data_dir.rglob("*") if path.is_file() and token.encode() in path.read_bytes()]
    assert kept == []


def test_every_source_is_heard(lone_agent: MadeWorld) -> None:
    world = lone_agent(bash("ls"), waiting(), SAYS_DONE)
    with at_work(world) as person:
        person.waits_for("command_started", 2)
        (world.project / "go").touch()
        person.is_done()
        person.leaves()
        assert person.ends() == 0
    states = sources(world)
    assert {name: states[name] for name in ("hooks", "transcript", "status", "telemetry")} == dict.fromkeys(
        ("hooks", "transcript", "status", "telemetry"), "live"
    )
    assert person.events("session_status_changed", action="used")


def test_two_terminals_at_once_are_told_apart(lone_agent: MadeWorld) -> None:
    world = lone_agent(write("a.txt"), SAYS_DONE)
    with ExitStack() as stack:
        first = stack.enter_context(at_work(world, session=1))
        second = stack.enter_context(at_work(world, session=2))
        for person in (first, second):
            person.is_done()
            person.leaves()
            assert person.ends() == 0
    conversations = []
    for person in (first, second):
        (started,) = person.events("conversation_started")
        conversations.append(started["data"]["conversation_id"])
        assert len(person.events("tool_called")) == 1
        assert person.said() == ["Do what there is to do."]
        assert len(person.events("conversation_message_received", text=SAYS_DONE["say"])) == 1
    assert len(set(conversations)) == 2
