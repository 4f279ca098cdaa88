"""Runs a command of the project: an argv list, or a string for a POSIX shell, in a process group of its own."""

import contextlib
import shlex
import subprocess
import tempfile
from pathlib import Path
from time import monotonic

from treadle.agents.event_draft import draft
from treadle.agents.lenient import an_object, text, texts
from treadle.client.daemon import treadle_command
from treadle.domain.event import EventSource, EventType
from treadle.domain.result import NOT_STARTED, Result
from treadle.runner import results
from treadle.runner.capture import Capture
from treadle.runner.confinement import OutsideProjectError, inside
from treadle.runner.executors.shell_output import OutputEvents
from treadle.runner.processes import end_child, start_group
from treadle.runner.pump import Ending, drain, pump
from treadle.runner.regular_file import read_regular
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError, Workbench

REPORTS = "{reports}"
DEFAULT_TIMEOUT_S = 3_600.0
MAX_REPORT_BYTES = 4 * 1024 * 1024


def shell(work: Work, bench: Workbench) -> Result:
    try:
        directory = inside(bench.project_root, text(work.metadata.get("working_directory")) or ".")
    except OutsideProjectError as error:
        return results.failed(bench.new_id(), str(error))
    with tempfile.TemporaryDirectory(prefix="treadle-reports-", ignore_cleanup_errors=True) as reports:
        return ShellRun(work, bench, directory, Path(reports)).run()


def argv_of(work: Work, reports: Path) -> list[str]:
    """Of a command without reports, the words are what they are: values may say anything."""
    argv = work.argv
    if texts(work.metadata.get("reports")):
        argv = [word.replace(REPORTS, str(reports)) for word in argv]
    words = argv or ["/bin/sh", "-c", work.command]
    return [*treadle_command(), *words[1:]] if words[0] == "treadle" else words


class ShellRun:
    def __init__(self, work: Work, bench: Workbench, directory: Path, reports: Path) -> None:
        self._work = work
        self._bench = bench
        self._directory = directory
        self._reports = reports
        self._captures = {"stdout": Capture(), "stderr": Capture()}
        self._events = OutputEvents(self._emit)

    def run(self) -> Result:
        shown = shlex.join(self._work.argv) if self._work.argv else self._work.command
        where = text(self._work.metadata.get("working_directory")) or "."
        self._emit(EventType.COMMAND_STARTED, command=shown, working_directory=where)
        begun = monotonic()
        try:
            return self._executed(shown, begun)
        finally:
            for capture in self._captures.values():
                capture.close()

    def _executed(self, shown: str, begun: float) -> Result:
        argv = argv_of(self._work, self._reports)
        try:
            process = start_group(argv, cwd=self._directory, env=self._environment())
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            message = f"{shlex.quote(argv[0])} cannot be started: {reason}."
            self._emit(EventType.COMMAND_COMPLETED, exit_code=None, duration_ms=0, error=message)
            return results.failed(self._bench.new_id(), message, duration_ms=0, data={"failure": NOT_STARTED})
        ending, code = self._followed(process, begun)
        duration_ms = round((monotonic() - begun) * 1_000)
        ended_by = ending.value if ending is not Ending.EXITED else None
        self._emit(EventType.COMMAND_COMPLETED, exit_code=code, duration_ms=duration_ms, ended_by=ended_by)
        if ending is Ending.STOPPED:
            raise StoppedError
        return self._result(ending, code, duration_ms)

    def _followed(self, process: subprocess.Popen[bytes], begun: float) -> tuple[Ending, int]:
        deadline = begun + (self._work.timeout_s or DEFAULT_TIMEOUT_S)
        with self._bench.leftovers.recorded(self._work.interaction_id, process.pid):
            try:
                ending = pump(
                    process,
                    on_chunk=self._take,
                    on_tick=self._events.tick,
                    is_overdue=lambda: monotonic() > deadline,
                    stop=self._bench.stop,
                )
            finally:
                code = end_child(process, spares_services=process.poll() is not None)
                drain(process, self._take)
                self._events.finish()
        return ending, code

    def _take(self, stream: str, chunk: bytes) -> None:
        self._captures[stream].write(chunk)
        self._events.add(stream, chunk)

    def _result(self, ending: Ending, code: int, duration_ms: int) -> Result:
        fields: dict[str, object] = {name: capture.inline() for name, capture in self._captures.items()}
        fields |= {"code": code, "duration_ms": duration_ms, "data": self._data()}
        if ending is Ending.TIMED_OUT:
            limit = self._work.timeout_s or DEFAULT_TIMEOUT_S
            message = f"The command was ended after {limit:g} s, its time limit."
            return results.failed(self._bench.new_id(), message, **{**fields, "code": None})
        if code == 0:
            return results.ok(self._bench.new_id(), **fields)
        return results.failed(self._bench.new_id(), self._complaint(code), **fields)

    def _complaint(self, code: int) -> str:
        if code < 0:
            return f"The command was ended by signal {-code}."
        said = self._captures["stderr"].last_line()[:500]
        if self._work.is_own_git and said.startswith("treadle: "):
            return said.removeprefix("treadle: ")
        return f"The command ended with exit code {code}{f': {said}' if said else '.'}"

    def _data(self) -> dict[str, object]:
        data: dict[str, object] = {}
        if outputs := self._outputs():
            data["outputs"] = outputs
        if names := texts(self._work.metadata.get("reports")):
            data["reports"] = self._read_reports(names)
        return data

    def _outputs(self) -> dict[str, object]:
        kept: dict[str, object] = {}
        for name, capture in self._captures.items():
            if capture.is_clipped or not capture.is_text:
                left_out = {"left_out": capture.lost} if capture.lost else {}
                kept[name] = {**self._bench.upload(capture).as_data(), **left_out}
        return kept

    def _read_reports(self, names: list[str]) -> dict[str, str]:
        """A report that is missing, no file or too large is left out; the step says what that means."""
        found = {}
        for name in names:
            with contextlib.suppress(OSError, OutsideProjectError):
                content = read_regular(inside(self._reports, name), MAX_REPORT_BYTES)
                found[name] = content.decode("utf-8", "replace")
        return found

    def _environment(self) -> dict[str, str]:
        own = {key: str(value) for key, value in an_object(self._work.metadata.get("env")).items()}
        return {**self._bench.environ, "TREADLE_DATA_DIR": str(self._bench.data_dir), **own}

    def _emit(self, event_type: EventType, **data: object) -> None:
        self._bench.emit(draft(event_type, **data), EventSource.TERMINAL)
