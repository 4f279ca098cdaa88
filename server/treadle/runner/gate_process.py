"""One run of an agent's gate, followed in a thread of its own while the agent waits for the answer."""

import queue
import shlex
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.gate_feedback import digest_of, last_line
from treadle.agents.lenient import JsonObject, amount, an_object, count, texts
from treadle.domain.event import EventType
from treadle.runner.executors.shell_output import OutputEvents
from treadle.runner.processes import end_child, end_group, start_group
from treadle.runner.pump import Ending, drain, pump
from treadle.runner.stop import Stop, StopReason

DEFAULT_TIMEOUT_S = 300.0
DEFAULT_MAX_RUNS = 3
TAIL_BYTES = 32 * 1024
END_SECONDS = 15.0
"""For a run to end once it was told to: its processes are ended gently first."""


class InvalidGateError(Exception):
    """The command has a gate that nobody could run; the message is one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRule:
    argv: tuple[str, ...]
    timeout_s: float
    max_runs: int
    """So often it may fail; then the agent may stop nevertheless, and the step has failed."""

    @classmethod
    def read(cls, metadata: JsonObject) -> "GateRule | None":
        """Of a command's metadata; None when it has no gate.

        :raises InvalidGateError:
        """
        if metadata.get("gate") is None:
            return None
        given = an_object(metadata["gate"])
        words = given.get("argv")
        if not isinstance(words, list) or words != texts(words) or not words or not words[0]:
            raise InvalidGateError("The command's gate has no argv: a list of strings is needed, the program first.")
        timeout_s, max_runs = amount(given.get("timeout_s")), count(given.get("max_runs"))
        return cls(
            argv=tuple(words),
            timeout_s=timeout_s if timeout_s is not None and timeout_s > 0 else DEFAULT_TIMEOUT_S,
            max_runs=max_runs or DEFAULT_MAX_RUNS,
        )

    @property
    def shown(self) -> str:
        return shlex.join(self.argv)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRun:
    exit_code: int | None = None
    problem: str | None = None
    """Why it did not pass, as in "it ended with exit code 2"."""
    digest: str = ""
    last_line: str = ""
    is_broken_off: bool = False
    """It was told to end, or its thread broke: nobody knows whether it would have passed."""

    @property
    def passed(self) -> bool:
        return self.problem is None


class GateProcess:
    """What happens waits to be fetched: only the run's own thread reports events."""

    def __init__(
        self,
        rule: GateRule,
        *,
        project_root: Path,
        environ: Mapping[str, str],
        recorded: Callable[[int], AbstractContextManager[None]],
    ) -> None:
        """`recorded`: keeps a record of the process group while it runs."""
        self._rule = rule
        self._project_root = project_root
        self._environ = environ
        self._recorded = recorded
        self._stop = Stop()
        self._is_over = threading.Event()
        self._happened: queue.SimpleQueue[EventDraft] = queue.SimpleQueue()
        self._tails = {"stdout": bytearray(), "stderr": bytearray()}
        self._output = OutputEvents(self._tell)
        self._group: int | None = None
        self.result = GateRun(problem="it was broken off", is_broken_off=True)
        self._thread = threading.Thread(target=self._follow, name="gate", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return self._is_over.is_set()

    def wait(self, seconds: float) -> bool:
        return self._is_over.wait(seconds)

    def happened(self) -> list[EventDraft]:
        """Since it was asked last."""
        return [self._happened.get() for _ in range(self._happened.qsize())]

    def end(self) -> None:
        self._stop.request(StopReason.INTERRUPTED)
        try:
            self._is_over.wait(END_SECONDS)
        finally:  # also when a second Ctrl-C does not wait for a gentle end
            if not self.is_over and self._group is not None:
                end_group(self._group)

    def _follow(self) -> None:
        try:
            self.result = self._run()
        finally:
            self._is_over.set()

    def _run(self) -> GateRun:
        self._tell(EventType.COMMAND_STARTED, command=self._rule.shown, working_directory=".")
        begun = monotonic()
        try:
            process = start_group(self._rule.argv, cwd=self._project_root, env=self._environ)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            problem = f"{shlex.quote(self._rule.argv[0])} cannot be started: {reason}"
            self._tell(EventType.COMMAND_COMPLETED, exit_code=None, duration_ms=0, error=f"{problem}.")
            return GateRun(problem=problem)
        self._group = process.pid
        with self._recorded(process.pid):
            try:
                ending = pump(
                    process,
                    on_chunk=self._take,
                    on_tick=self._output.tick,
                    is_overdue=lambda: monotonic() > begun + self._rule.timeout_s,
                    stop=self._stop,
                )
            finally:
                code = end_child(process)
                drain(process, self._take)
                self._output.finish()
        duration_ms = round((monotonic() - begun) * 1_000)
        ended_by = ending.value if ending is not Ending.EXITED else None
        self._tell(EventType.COMMAND_COMPLETED, exit_code=code, duration_ms=duration_ms, ended_by=ended_by)
        return self._judged(ending, code)

    def _judged(self, ending: Ending, code: int) -> GateRun:
        if ending is Ending.STOPPED:
            return self.result
        stdout, stderr = (tail.decode("utf-8", "replace") for tail in self._tails.values())
        digest, last = digest_of(stdout, stderr), last_line(stdout, stderr)
        if ending is Ending.TIMED_OUT:
            problem = f"it was ended after {self._rule.timeout_s:g} s, its time limit"
            return GateRun(problem=problem, digest=digest)
        if code == 0:
            return GateRun(exit_code=0, digest=digest, last_line=last)
        problem = f"it ended with exit code {code}" if code > 0 else f"it was ended by signal {-code}"
        return GateRun(exit_code=code, problem=problem, digest=digest, last_line=last)

    def _take(self, stream: str, chunk: bytes) -> None:
        tail = self._tails[stream]
        tail += chunk
        del tail[:-TAIL_BYTES]
        self._output.add(stream, chunk)

    def _tell(self, event_type: EventType, **data: object) -> None:
        self._happened.put(draft(event_type, gate=True, **data))
