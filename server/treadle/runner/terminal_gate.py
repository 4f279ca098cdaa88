"""The gate of an agent in a person's terminal: Claude Code calls it as a hook when the agent wants to stop.

It is a process of its own, in the agent's environment, and hands on what has come of its runs in a file.
"""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import JsonObject, an_object, count, objects, text
from treadle.client.connection import Connection
from treadle.client.errors import ClientError
from treadle.client.locations import Locations
from treadle.domain.event import EventSource
from treadle.runner.gate_process import GateProcess, GateRule
from treadle.runner.gate_record import GateOutcome, GateRecord
from treadle.runner.outbox import Outbox
from treadle.runner.pump import TICK_SECONDS
from treadle.runner.stop import Stop

PATIENCE_SECONDS = 5.0
"""For a daemon that is away: what it does not take is lost, and the agent has its answer."""
CLIENT = "treadle gate"

Emit = Callable[[EventDraft, EventSource], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFile:
    """What the run leaves for the gate."""

    rule: GateRule
    session_id: int
    interaction_id: str
    project_root: str
    data_dir: str
    state: str
    """The file to hand on what has come of it."""

    def as_content(self) -> dict[str, object]:
        gate = asdict(self.rule)
        return {**{name: getattr(self, name) for name in self.__slots__}, "rule": {"gate": gate}}

    @classmethod
    def read(cls, path: Path) -> "GateFile":
        """:raises ClientError: it is no file of a run"""
        try:
            kept = an_object(json.loads(path.read_bytes()))
        except (OSError, ValueError) as error:
            raise ClientError(f"{path} is no file of a run: {error}") from error
        rule = GateRule.read(an_object(kept.get("rule")))
        if rule is None:
            raise ClientError(f"{path} names no gate.")
        return cls(
            rule=rule,
            session_id=count(kept.get("session_id")),
            interaction_id=text(kept.get("interaction_id")),
            project_root=text(kept.get("project_root")),
            data_dir=text(kept.get("data_dir")),
            state=text(kept.get("state")),
        )


def judged(file: GateFile, asked: JsonObject) -> dict[str, object] | None:
    """The answer to Claude Code; None lets the agent stop. `asked`: what the hook is told."""
    tasks = objects(asked.get("background_tasks"))
    if any(task.get("type") == "subagent" and task.get("status") == "running" for task in tasks):
        return None  # it goes on by itself when they are done, and asks again
    state_path = Path(file.state)
    state = gate_state(state_path)
    with _telling(file) as emit:
        record = GateRecord(file.rule, emit)
        record.restore(state)
        if record.is_given_up:
            return None
        _keep(state_path, {**record.as_state(), "outcome": None})
        record.begins()
        process = GateProcess(
            file.rule,
            project_root=Path(file.project_root),
            environ=os.environ,
            recorded=lambda _: nullcontext(),  # it has the agent's mark, by which it is ended with that
        )
        with _ended_by_signals(process):
            process.start()
            while not process.wait(TICK_SECONDS):
                _tell_all(process, emit)
        _tell_all(process, emit)
        outcome = record.judge(process.result, can_block=True)
    _keep(state_path, {**record.as_state(), "outcome": outcome.value})
    if outcome is not GateOutcome.BLOCKED:
        return None
    return {"decision": "block", "reason": record.reason(process.result)}


def gate_state(path: Path) -> JsonObject:
    """Empty until the gate has run."""
    with suppress(OSError, ValueError):
        return an_object(json.loads(path.read_bytes()))
    return {}


def _keep(path: Path, state: JsonObject) -> None:
    written = path.with_suffix(".new")
    with suppress(OSError):  # a full disk, or the run is gone
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(state, file)
        written.replace(path)


def _tell_all(process: GateProcess, emit: Emit) -> None:
    for event in process.happened():
        emit(event, EventSource.TERMINAL)


@contextmanager
def _telling(file: GateFile) -> Iterator[Emit]:
    """To the daemon, if it is there: the gate judges without it as well."""
    try:
        connection = Connection.to_running_daemon(Locations(Path(file.data_dir)), client_name=CLIENT)
    except ClientError:
        connection = None
    if connection is None:
        yield lambda _event, _source: None
        return
    with connection:
        outbox = Outbox(connection, file.session_id, client=CLIENT, patience=PATIENCE_SECONDS, stop=Stop())

        def emit(event: EventDraft, source: EventSource) -> None:
            with suppress(ClientError):
                outbox.add(event, interaction_id=file.interaction_id, source=source)

        try:
            yield emit
        finally:
            outbox.close()


@contextmanager
def _ended_by_signals(process: GateProcess) -> Iterator[None]:
    """A person who does not wait for the gate ends it: Claude Code sends it a signal."""

    def end(_number: int, _frame: FrameType | None) -> None:
        threading.Thread(target=process.end, name="gate-end", daemon=True).start()

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def asked_on(stream: int) -> JsonObject:
    """What Claude Code tells a hook on its standard input."""
    with suppress(OSError, ValueError), os.fdopen(stream, "rb", closefd=False) as file:
        return an_object(json.load(file))
    return {}
