"""What a killed runner left behind: one small file for each interaction says which process to end, and whose it was."""

import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from treadle.agents.lenient import JsonObject, count, optional_text
from treadle.runner.process_table import start_token
from treadle.runner.processes import end_group, end_marked, group_lives, mark_of, marked_lives

BESIDE = ".gate"


class Leftovers:
    def __init__(self, folder: Path, *, client_id: str = "") -> None:
        self._folder = folder
        self._client_id = client_id

    @contextmanager
    def recorded(self, interaction_id: str, group: int, *, conversation_id: str | None = None) -> Iterator[None]:
        """While the child runs, a file says so, unless the disk is full: the child is worth more than its record."""
        child = {"group": group, "start": start_token(group), "mark": mark_of(group)}
        self._write(interaction_id, {**child, "conversationId": conversation_id})
        try:
            yield
        finally:
            # What could not be ended is for the next runner to end.
            if not group_lives(group):
                self.forget(interaction_id)

    @contextmanager
    def recorded_beside(self, interaction_id: str, group: int) -> Iterator[None]:
        """For a check that the runner starts while the agent runs: it is no child of the agent's."""
        with self.recorded(f"{interaction_id}{BESIDE}", group):
            yield

    @contextmanager
    def present(self, interaction_id: str) -> Iterator[None]:
        """While this runner executes it without a child of its own, a file says so."""
        self._write(interaction_id, {})
        try:
            yield
        finally:
            self.forget(interaction_id)

    def announce(self, interaction_id: str, conversation_id: str) -> None:
        """An agent is going to be started in this conversation."""
        self._write(interaction_id, {"conversationId": conversation_id})

    def conversation(self, interaction_id: str) -> str | None:
        """The one that an earlier runner of this interaction had announced when it was killed."""
        return optional_text(self._read(interaction_id).get("conversationId"))

    def forget(self, interaction_id: str) -> None:
        with suppress(OSError):
            self._path(interaction_id).unlink(missing_ok=True)

    def end(self, interaction_id: str) -> bool:
        """End what an earlier runner of this interaction left running; whether there was anything."""
        found = [self._end(name) for name in (interaction_id, f"{interaction_id}{BESIDE}")]
        return any(found)

    def _end(self, interaction_id: str) -> bool:
        record = self._read(interaction_id)
        found = _is_left(record)
        if _group_lives(record):
            end_group(count(record.get("group")))
        if mark := _mark(record):
            end_marked(mark)
        if not _is_left(record):
            self._path(interaction_id).unlink(missing_ok=True)
        return found

    def client_of_dead_runner(self, interaction_id: str) -> str | None:
        """The client id of the runner that was executing it here, once that is certainly dead."""
        record = self._read(interaction_id)
        if record.get("place") != _place() or not record.get("runnerStart") or _lives(record, "runner", "runnerStart"):
            return None
        return optional_text(record.get("clientId"))

    def _write(self, interaction_id: str, record: Mapping[str, object]) -> None:
        runner = {"clientId": self._client_id, "runner": os.getpid(), "runnerStart": start_token(os.getpid())}
        path = self._path(interaction_id)
        written = path.with_suffix(".new")
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump({**record, **runner, "place": _place()}, file)
            written.replace(path)
        except OSError:
            with suppress(OSError):
                written.unlink(missing_ok=True)

    def _read(self, interaction_id: str) -> JsonObject:
        with suppress(OSError, ValueError):
            record = json.loads(self._path(interaction_id).read_text(encoding="utf-8"))
            return record if isinstance(record, dict) else {}
        return {}

    def _path(self, interaction_id: str) -> Path:
        return self._folder / f"{Path(interaction_id).name}.json"


def _lives(record: Mapping[str, object], pid_key: str, start_key: str) -> bool:
    """The id alone may be another process's by now."""
    pid, start = count(record.get(pid_key)), record.get(start_key)
    return pid > 1 and start is not None and start_token(pid) == start


def _is_left(record: Mapping[str, object]) -> bool:
    mark = _mark(record)
    return _group_lives(record) or (mark is not None and marked_lives(mark))


def _mark(record: Mapping[str, object]) -> str | None:
    """The one of the child, where it can still mean something."""
    return optional_text(record.get("mark")) if record.get("place") == _place() else None


def _group_lives(record: Mapping[str, object]) -> bool:
    """Its leader, or without it what it left behind in its group."""
    if record.get("place") != _place():
        return False
    group, start = count(record.get("group")), optional_text(record.get("start"))
    if group <= 1 or start is None or start_token(group) not in (None, start):
        return False  # a leader with another start: the number is somebody else's by now
    return group_lives(group, since=start)


def _place() -> str:
    """Where process ids and start tokens mean the same: this machine since it was started, this container of it."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    return platform.node()
