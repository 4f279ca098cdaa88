"""What an agent does is recorded alike, whether it works in the background or in the person's terminal."""

import json
import re
from collections.abc import Callable
from itertools import groupby
from typing import Any

import pytest

from tests.e2e.lone_agents import RUN, MadeWorld, bash, call, write
from tests.e2e.terminal_worlds import LEFT, all_events, answer, asks, at_work, interactions, wait_until
from tests.e2e.treadle_runs import World, ended, finished
from tools.scripted_model.script import Script, load_scripts
from treadle.client.errors import ExitCode

ENDLESS = {"hang"}
"""Nothing ends its turn but the person, or the patience of the background."""
FAILING = {"api_error_401", "api_error_500"}
COMPARED = ("tool_", "file_", "command_", "conversation_message_")
OF_THE_MOMENT = {"duration_ms", "message_id", "live", "stream", "outputs"}
"""What a command prints is told while it runs when it runs long enough to be looked at: then its streams are one."""
AGENT = {"description": "Count the files", "subagent_type": "general-purpose", "prompt": "Count them."}
OWN: dict[str, dict[str, Any]] = {
    "everything": {
        "turns": [
            {"think": "Notes.", "say": "I begin.", **write("notes.txt", "a\nb\n")},
            call("Edit", file_path="{{cwd}}/notes.txt", old_string="b\n", new_string="notes\nmore\n"),
            bash("sh -c 'echo good; echo bad >&2; exit 3'"),
            bash("sh -c 'rm notes.txt; seq 30'"),
            {
                "say": "Three at once.",
                "calls": [
                    {"tool": "Read", "input": {"file_path": "{{cwd}}/README.md"}},
                    {"tool": "Read", "input": {"file_path": "{{cwd}}/none.txt"}},
                    {"tool": "Write", "input": {"file_path": "{{cwd}}/docs/new.txt", "content": "x\n"}},
                ],
            },
            call("Glob", pattern="*.txt"),
            {"say": "Everything\n\nis **done**."},
        ],
    },
    "delegating": {
        "turns": [call("Agent", run_in_background=True, **AGENT), {"say": "It counts."}, {"say": "It has counted."}],
        "subagents": {AGENT["prompt"]: [bash("ls docs"), write("counted.txt"), {"say": "One folder."}]},
    },
}
"""What the scripts that ship do not do. In the terminal every sub-agent works in the background, whatever is said."""
PLAYED = {
    **{name: script for name, script in load_scripts().items() if name not in ENDLESS},
    **{name: Script.parse(name, script) for name, script in OWN.items()},
}


@pytest.mark.parametrize("name", list(PLAYED))
def test_both_modes_tell_the_same(name: str, lone_agent: MadeWorld) -> None:
    script = PLAYED[name]
    told = []
    for session, play in ((1, in_background), (2, in_terminal)):
        world = lone_agent(*script.turns, subagents=script.subagents, folder=play.__name__)
        play(world, name)
        told.append(comparable(world, session))
    background, terminal = told
    assert list(terminal) == list(background)
    for event_type, data in background.items():
        assert terminal[event_type] == data


def in_background(world: World, name: str) -> None:
    with ended(world.start(*RUN, "--asks", "wait")) as run:
        answer_all_until(world, lambda: run.poll() is not None)
        code = finished(run).code
    assert code == (1 if name in FAILING else 0)


def in_terminal(world: World, name: str) -> None:
    with at_work(world, session=2) as person:
        if name in FAILING:
            person.waits_for("error_occurred")
            person.leaves()
            person.terminal.wait_for(LEFT)
            person.chooses("l")
            assert person.terminal.end() == ExitCode.INTERRUPTED
            return
        answer_all_until(world, lambda: person.result() is not None)
        person.leaves()
        assert person.ends() == 0


def answer_all_until(world: World, is_over: Callable[[], bool]) -> None:
    """Each ask is answered elsewhere, by what it offers first."""

    def has_ended() -> bool:
        if is_over():
            return True
        for ask in asks(world):
            answer(world, "ask/answer", askId=ask["id"], answer=ask["options"][0]["name"])
        return False

    wait_until(world, has_ended, "it does not end")


def comparable(world: World, session: int) -> dict[str, list[Any]]:
    """By type, in order; without what differs from run to run."""
    step = step_of(world, session)
    events = [event for event in all_events(world, session) if event["eventType"].startswith(COMPARED)]
    events = [event for event in events if event["interactionId"] == step]
    told_by_tools = {event["data"]["path"] for event in events if is_of_a_file(event) and is_of_a_tool(event)}
    events = [
        event
        for event in events
        if not is_of_a_file(event) or is_of_a_tool(event) or event["data"].get("path") not in told_by_tools
    ]
    text = json.dumps([(event["eventType"], of_interest(event["data"])) for event in events])
    text = text.replace(str(world.project), "PROJECT")
    for name, number in numbers_of_calls(json.loads(text)).items():
        text = text.replace(name, number)
    told: dict[str, list[Any]] = {}
    for event_type, data in joined(json.loads(text)):
        told.setdefault(event_type, []).append(data)
    return {name: sorted(told[name], key=lambda data: str(data.get("tool_use_id", ""))) for name in sorted(told)}


def is_of_a_file(event: dict[str, Any]) -> bool:
    return bool(event["eventType"].startswith("file_"))


def is_of_a_tool(event: dict[str, Any]) -> bool:
    """A change of a file that a tool tells late is told by who watches the files, too."""
    return "tool_use_id" in event["data"]


def numbers_of_calls(events: list[Any]) -> dict[str, str]:
    """By what is called, for of calls at once any may be the first to begin and to end."""
    called = [data for event_type, data in events if event_type == "tool_called"]
    named = sorted((data["tool"], json.dumps(data["input"], sort_keys=True), data["tool_use_id"]) for data in called)
    return {name: f"call {number:02}" for number, (_, _, name) in enumerate(named)}


def step_of(world: World, session: int) -> str:
    (step,) = [each["id"] for each in interactions(world, session) if each["step"] == "work"]
    return str(step)


def of_interest(data: dict[str, Any]) -> dict[str, Any]:
    kept = {key: steady(value) for key, value in data.items() if key not in OF_THE_MOMENT}
    if data.get("tool") == "Agent":
        kept.pop("content", None)  # names of this very conversation
        kept["input"] = {**data.get("input", {}), "run_in_background": True}
    return kept


def steady(value: object) -> object:
    """Without the meter of a program that fetches something, and how long it has taken."""
    return re.sub(r"after \d+ ms", "after a while", re.sub(r"[^\n]*\r", "", value)) if isinstance(value, str) else value


def joined(events: list[Any]) -> list[Any]:
    """What a command printed, as one: whole lines while it ran, or each stream at its end without its last newline."""

    def printing(event: Any) -> Any:
        event_type, data = event
        return data.get("tool_use_id") if event_type == "command_output" else id(event)

    found = []
    for _, group in groupby(events, key=printing):
        pieces = list(group)
        event_type, first = pieces[0]
        if event_type == "command_output":
            first = {**first, "text": "\n".join(data["text"].strip("\n") for _, data in pieces)}
        found.append((event_type, first))
    return found
