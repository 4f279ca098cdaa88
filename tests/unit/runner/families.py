"""Sessions that a step has spawned, as a daemon tells of them, for tests of the executor that runs them."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.unit.runner.benches import Kept, bench, work
from treadle.client.errors import RemoteError
from treadle.domain.result import Result
from treadle.runner.executors.spawn import spawn
from treadle.runner.progress import Progress
from treadle.runner.stop import Stop
from treadle.runner.workbench import Workbench

Run = Callable[[int, Path, Progress, Stop], None]
PARENT = 1


def uid(number: int) -> str:
    return f"{number:08}-30c5-4b8c-9a53-6a46ae8b3f0e"


@dataclass
class Family:
    """Three children; `does` is what running one of them does, in the thread where it is run."""

    folder: Path
    does: Run = lambda *_: None
    environment: str = "vscode"
    numbers: tuple[int, ...] = (12, 13, 14)
    before_reopening: Callable[[int], None] = lambda _: None
    """What somebody else does at that moment."""
    heads: dict[int, dict[str, object]] = field(default_factory=dict)
    begun: list[int] = field(default_factory=list)
    roots: dict[int, Path] = field(default_factory=dict)
    kept: Kept = field(default_factory=Kept)
    stop: Stop = field(default_factory=Stop)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self.heads[PARENT] = {"id": PARENT, "state": {}}
        for number in self.numbers:
            self.heads[number] = {
                "id": number,
                "uid": uid(number),
                "type": "component_test",
                "title": f"Part {number}",
                "status": "active",
                "environment": self.environment,
                "executionMode": "agentic",
                "state": {},
            }

    def ask(self, method: str, params: Mapping[str, object]) -> Mapping[str, object]:
        assert method in ("session/get", "session/reopen")
        number = params["sessionId"]
        assert isinstance(number, int)
        if method == "session/reopen":
            self.before_reopening(number)
        if number not in self.heads:
            raise RemoteError("session_not_found", f"There is no session {number}.")
        if method == "session/reopen":
            if self.heads[number]["status"] == "active":
                raise RemoteError("active", f"Session {number} has not ended.")
            self.ends(number, "active", failureReason=None)
        with self._lock:
            return {"session": dict(self.heads[number])}

    def run_session(self, session_id: int, *, root: Path, progress: Progress, stop: Stop) -> None:
        with self._lock:
            self.begun.append(session_id)
            self.roots[session_id] = root
        self.does(session_id, root, progress, stop)

    def ends(self, number: int, status: str = "complete", **head: object) -> None:
        with self._lock:
            self.heads[number] = {**self.heads[number], "status": status, **head}

    @property
    def bench(self) -> Workbench:
        return bench(self.folder, self.kept, stop=self.stop, ask=self.ask, run_session=self.run_session)

    def spawn(self, *, max_parallel: int = 3, project: Path | None = None) -> Result:
        prepared = self.bench if project is None else replace(self.bench, project_root=project)
        command = work("spawn_sessions", child_session_ids=list(self.numbers), max_parallel=max_parallel)
        return spawn(command, prepared)


def children(result: Result) -> dict[object, Mapping[str, object]]:
    told = result.data["children"]
    assert isinstance(told, list)
    return {child["session_id"]: child for child in told}
