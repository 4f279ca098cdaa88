"""A person who does an agent's step in Claude Code's own UI, opened by `treadle run --mode manual`."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from tests.e2e.claude_terminal import BOUND_SECONDS, ClaudeTerminal, treadle_on_a_terminal
from tests.e2e.lone_agents import RUN
from tests.e2e.treadle_runs import World
from tests.loopback_http import is_listening
from treadle.client.errors import ClientError

BY_HAND = (*RUN, "--mode", "manual", "--permission-mode", "acceptEdits")
GO_ON = ("run", "--session", "1", "--mode", "manual", "--trust")
HOOKS_PORT = re.compile(r"http://127\.0\.0\.1:(\d+)/")
LEFT = "[d]one, [a]gain, [l]ater?"
PROMPT = "❯ Do what there is to do."
"""As the UI shows what it was given."""


class Person:
    """At the terminal, and looking at the record from elsewhere."""

    def __init__(self, world: World, terminal: ClaudeTerminal, session: int = 1) -> None:
        self.world = world
        self.terminal = terminal
        self.session = session
        self._confirmed: list[str] = []

    def begins(self, *steps: str) -> None:
        """Says yes to each, when it is asked."""
        for step in steps:
            self._confirmed += [f"Next: {step}", "Run it?"]
            self.terminal.wait_written(*self._confirmed)
            self.terminal.press("enter")

    def leaves(self) -> None:
        self.terminal.say("/exit")

    def chooses(self, answer: str) -> None:
        self.terminal.wait_for(LEFT)
        self.terminal.type(f"{answer}\r")

    def ends(self) -> int:
        """Whatever comes after the agent's step is run."""
        self.begins("finalize")
        return self.terminal.end()

    def events(self, event_type: str, **data: object) -> list[dict[str, Any]]:
        return events(self.world, event_type, session=self.session, **data)

    def said(self) -> list[str]:
        """What the agent was told, by the record; that the person leaves is not always told."""
        texts = [event["data"]["text"] for event in self.events("conversation_message_sent")]
        return [text for text in texts if text != "/exit"]

    def waits_for(self, event_type: str, count: int = 1, **data: object) -> dict[str, Any]:
        self.waits_until(lambda: len(self.events(event_type, **data)) >= count, f"no {event_type} {data}")
        return self.events(event_type, **data)[count - 1]

    def waits_until(self, is_so: Callable[[], bool], complaint: str) -> None:
        try:
            wait_until(self.world, is_so, complaint)
        except AssertionError as error:
            raise AssertionError(f"{complaint}:\n{self.terminal.screen}") from error

    def result(self, step: str = "work") -> dict[str, Any] | None:
        found = [each for each in interactions(self.world, self.session) if each["step"] == step]
        return found[-1]["result"] if found else None

    def is_done(self, step: str = "work") -> dict[str, Any]:
        """The step's result, as soon as it has been handed in."""
        self.waits_until(lambda: self.result(step) is not None, f"no result of {step}")
        result = self.result(step)
        assert result is not None
        return result

    def waits_until_hooks_are_heard(self) -> None:
        """By the daemon, or by who stands in for it: a moment after a kill that is nobody."""
        (settings,) = (self.world.data_dir / "runs").rglob("settings.json")
        (port,) = set(map(int, HOOKS_PORT.findall(settings.read_text())))
        self.waits_until(lambda: is_listening(port), "nobody hears the hooks")

    def waits_for_command(self, *argv: str) -> None:
        """Until it runs: by then the hooks before it have had their answer, which an event alone does not tell."""
        self.waits_until(lambda: [*argv] in map(_argv, self.terminal.processes()), f"{argv} does not run")

    def ui(self) -> psutil.Process:
        """Claude Code itself; a child of it has the same command line until it is its own program."""
        found = {each.pid: each for each in self.terminal.processes() if _is_claude(each)}
        (ui,) = [each for each in found.values() if _parent_id(each) not in found]
        return ui


@contextmanager
def by_hand(world: World, *words: str, session: int = 1) -> Iterator[Person]:
    """`words`: instead of beginning a session of the world's workflow."""
    with treadle_on_a_terminal(world, *(words or BY_HAND)) as terminal:
        yield Person(world, terminal, session)


@contextmanager
def at_work(world: World, *words: str, session: int = 1) -> Iterator[Person]:
    """The UI is open, and has its prompt."""
    with by_hand(world, *words, session=session) as person:
        person.begins("initialize", "work")
        person.terminal.wait_for(PROMPT)
        yield person


def whole(world: World, session: int = 1) -> None:
    """Nothing twice; each call has its result, and each conversation its end."""
    told = all_events(world, session)
    uids = [event["uid"] for event in told]
    assert len(uids) == len(set(uids))
    for begins, ends, key in (
        ("tool_called", "tool_result", "tool_use_id"),
        ("conversation_started", "conversation_ended", "conversation_id"),
    ):
        begun = sorted(event["data"][key] for event in told if event["eventType"] == begins)
        ended = sorted(event["data"][key] for event in told if event["eventType"] == ends)
        assert begun == ended, (begins, begun, ended)


def events(world: World, event_type: str, *, session: int = 1, **data: object) -> list[dict[str, Any]]:
    return [
        event
        for event in all_events(world, session)
        if event["eventType"] == event_type and all(event["data"].get(key) == value for key, value in data.items())
    ]


def all_events(world: World, session: int = 1) -> list[dict[str, Any]]:
    """In the order in which they were sent."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = answer(world, "session/getEvents", sessionId=session, limit=1_000, cursor=cursor)
        found += page["data"]
        cursor = page["nextCursor"]
        if cursor is None:
            return found


def interactions(world: World, session: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer(world, "session/get", sessionId=session)["interactions"]
    return found


def asks(world: World, status: str = "open") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = answer(world, "ask/list", status=status)["data"]
    return found


def sources(world: World, session: int = 1) -> dict[str, str]:
    """The state of each."""
    return {each["source"]: each["state"] for each in answer(world, "session/get", sessionId=session)["sources"]}


def answer(world: World, method: str, **params: object) -> Any:
    with world.connection() as connection:
        return connection.call(method, params)


def wait_until(world: World, is_so: Callable[[], bool], complaint: str) -> None:
    """Looks again whenever something has happened in a session; the daemon may be gone meanwhile."""
    deadline = monotonic() + BOUND_SECONDS
    while monotonic() < deadline:
        try:
            with world.connection() as notices:
                notices.call("session/subscribe")
                while monotonic() < deadline:
                    if is_so():
                        return
                    next(notices.notices(timeout=0.5), None)
        except ClientError:
            continue
    raise AssertionError(complaint)


def personal_settings(world: World, document: object) -> Path:
    path = Path(world.environment["CLAUDE_CONFIG_DIR"]) / "settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=4) + "\n\n")
    return path


def _is_claude(process: psutil.Process) -> bool:
    return any(word.startswith("--settings") for word in _argv(process))


def _parent_id(process: psutil.Process) -> int | None:
    with suppress(psutil.Error):
        return int(process.ppid())
    return None


def _argv(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []
