"""Four busy agents at once: whether the daemon keeps ahead of what they say, until it is on disk."""

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from itertools import cycle, islice
from pathlib import Path

from bench.busy_agent import PROJECT, lines
from bench.large_sessions import make_sessions
from bench.measuring import Case, Measurement, compared
from tests.daemon_fixtures import DaemonProcess, new_data_dir
from treadle.agents.claude_code_events import Normaliser
from treadle.agents.claude_code_protocol import parse_line
from treadle.storage.connections import DATABASE_NAME

SECTION = "Ingest"
AGENTS = 4
MESSAGES = 1_000
"""Of one agent in a round."""
SECONDS_EACH = 1 / 1_000
"""The goal is a thousand messages a second, of all together."""


def measure(*, rounds: int) -> list[Measurement]:
    with _agents() as play:
        case = Case(
            operation=f"{AGENTS} agents at once, a message",
            sample=lambda: play() / (AGENTS * MESSAGES),
            limit=lambda: SECONDS_EACH,
            goal=1.0,
        )
        measured = compared(SECTION, "1,000 messages a second", [case], rounds=rounds)
    cases = [Case(operation="one message becomes events", sample=_normalised, limit=_parsed)]
    return [*measured, *compared(SECTION, "its JSON is parsed", cases, rounds=rounds)]


@contextmanager
def _agents() -> Iterator[Callable[[], float]]:
    """Each is a process, as runners are. The function lets them play, and answers how long the slowest took."""
    folder = new_data_dir()
    daemon = DaemonProcess(folder)
    with ExitStack() as running:
        running.callback(shutil.rmtree, folder)
        sessions = make_sessions(folder, *([0] * AGENTS))
        running.callback(daemon.end)
        said = daemon.start()
        assert "error" not in said, said
        told: list[int] = []
        agents = [running.enter_context(_agent(folder, session_id)) for session_id in sessions]

        def play() -> float:
            begun = time.perf_counter()
            for agent in agents:
                _say(agent, f"{MESSAGES}\n")
            told.append(sum(int(_answer(agent)) for agent in agents))
            return time.perf_counter() - begun

        yield play
        with closing(sqlite3.connect(folder / DATABASE_NAME)) as database:
            (stored,) = database.execute("SELECT count(*) FROM session_events").fetchone()
        assert stored == sum(told), f"{sum(told)} events were told, and {stored} are stored"


@contextmanager
def _agent(folder: Path, session_id: int) -> Iterator["subprocess.Popen[str]"]:
    words = [sys.executable, "-m", "bench.busy_agent", str(folder), str(session_id)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as agent:
        assert _answer(agent) == "ready\n"
        yield agent


def _say(agent: "subprocess.Popen[str]", words: str) -> None:
    assert agent.stdin is not None
    agent.stdin.write(words)
    agent.stdin.flush()


def _answer(agent: "subprocess.Popen[str]") -> str:
    assert agent.stdout is not None
    return agent.stdout.readline()


def _normalised() -> float:
    """Parsed before; seconds for one."""
    messages = [(message, is_first) for line, is_first in _some() if (message := parse_line(line)) is not None]
    normaliser = Normaliser(project_root=PROJECT)
    begun = time.process_time()
    for message, is_first in messages:
        if is_first:
            normaliser = Normaliser(project_root=PROJECT)
        normaliser.feed(message)
    return (time.process_time() - begun) / len(messages)


def _parsed() -> float:
    taken = [line for line, _ in _some()]
    begun = time.process_time()
    for line in taken:
        parse_line(line)
    return (time.process_time() - begun) / len(taken)


def _some() -> Iterator[tuple[bytes, bool]]:
    return islice(cycle(lines()), MESSAGES)
