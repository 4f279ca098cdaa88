"""`treadle` as a person starts it: a process, with the real agent, the scripted model and a daemon of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import psutil

from tests.agent_fixtures import calculator_project_in
from treadle.agents.lenient import objects
from treadle.client.connection import Connection
from treadle.client.locations import Locations

BOUND_SECONDS = 120.0
COMPONENT_TEST = ("component_test", "--component", "Calculator", "--trust")


@dataclass(frozen=True)
class World:
    """A project, a data folder and an environment."""

    project: Path
    data_dir: Path
    environment: Mapping[str, str]
    program: tuple[str, ...] = (sys.executable, "-m", "treadle")

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*self.program, *words, "--data-dir", str(self.data_dir)],
            cwd=self.project,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def treadle(self, *words: str, **environment: str) -> "Done":
        return finished(self.start(*words, **environment))

    def json(self, *words: str) -> Any:
        done = self.treadle(*words, "--json")
        assert done.code == 0, done
        return json.loads(done.stdout)

    def steps(self, session: int = 1) -> list[tuple[str, str]]:
        interactions = self.json("show", str(session))["interactions"]
        return [(step["step"], (step["result"] or {}).get("status", "pending")) for step in interactions]

    def connection(self) -> Connection:
        return Connection.to_daemon(Locations.find(self.data_dir), client_name="test")

    def daemon_pid(self) -> int:
        return int(self.json("status")["pid"])

    def kill_daemon(self) -> None:
        os.kill(self.daemon_pid(), signal.SIGKILL)


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


def trusted_world(folder: Path, data_dir: Path, *, agent_does: str = "false") -> World:
    """A trusted project, and an agent that says its version and otherwise does what the shell words say."""
    agent = folder / "claude"
    agent.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exit\n{agent_does}\n')
    agent.chmod(0o755)
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "TREADLE_CLAUDE": str(agent)}
    world = World(calculator_project_in(folder), data_dir, environment)
    assert world.treadle("project", "--trust").code == 0
    return world


def create(world: World, **fields: object) -> dict[str, Any]:
    """A session of the project's one component, begun by nobody yet."""
    with world.connection() as connection:
        (project,) = objects(connection.call("project/list")["data"])
        (component,) = objects(connection.call("component/list", {"projectId": project["id"]})["data"])
        params = {"type": "component_test", "projectId": project["id"], "componentId": component["id"]}
        created = connection.call("session/create", {**params, **fields})["session"]
    assert isinstance(created, dict)
    return created


def finished(process: "subprocess.Popen[str]", seconds: float = BOUND_SECONDS) -> Done:
    try:
        stdout, stderr = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        raise AssertionError(f"treadle did not end:\n{stdout}\n{stderr}") from None
    return Done(process.returncode, stdout, stderr)


@contextmanager
def ended(process: "subprocess.Popen[str]") -> Iterator["subprocess.Popen[str]"]:
    """Whatever the test does, the process is not left behind."""
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = monotonic() + BOUND_SECONDS
    pause = threading.Event()
    while not is_so():
        assert monotonic() < deadline
        pause.wait(0.02)


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def wait_until_over(processes: Sequence[psutil.Process]) -> None:
    wait_until(lambda: not any(map(lives, processes)))


def wait_for_event(world: World, event_type: str, *, session: int = 1, **data: object) -> dict[str, Any]:
    """The first such event, as soon as the daemon has it."""
    deadline = monotonic() + BOUND_SECONDS
    with world.connection() as notices, world.connection() as connection:
        notices.call("session/subscribe")
        while True:
            for event in _events(connection, event_type, session):
                if all(event["data"].get(key) == value for key, value in data.items()):
                    return event
            assert monotonic() < deadline, f"no event {event_type}"
            next(notices.notices(timeout=1.0), None)


def _events(connection: Connection, event_type: str, session: int) -> list[dict[str, Any]]:
    sessions = connection.call("session/list", {})["data"]
    assert isinstance(sessions, list)
    if session not in [entry["id"] for entry in sessions]:
        return []
    params = {"sessionId": session, "eventTypes": [event_type], "limit": 1_000}
    events = connection.call("session/getEvents", params)["data"]
    assert isinstance(events, list)
    return events
