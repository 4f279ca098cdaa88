"""What a start costs: the daemon beside the imports that it needs, a call of the command line beside bare Python.

The imports are not a list that could grow old: a real daemon is asked what it has imported when it is ready, and a
process of the same interpreter imports just that, without Treadle's own modules.
"""

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.measuring import ROUNDS, Case, Measurement, compared
from tests.daemon_fixtures import BOUND_SECONDS, DaemonProcess, new_data_dir
from tests.wire_client import WireClient

SECTION = "Start"
DAEMON_GOAL = 2.0
CALL_GOAL = 5.0
POLL_SECONDS = 0.001

PYTHON = [sys.executable, "-P"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Without it, Treadle's own modules would be compiled at every start, as they are nowhere where it is installed."""
IMPORT_TRACE = "import time:"

ONLY_IMPORTS = """
import importlib, os, sys
for name in open(sys.argv[2]).read().split():
    importlib.import_module(name)
os.write(int(sys.argv[1]), b"imported\\n")
"""
IMPORTABLE = """
import importlib, sys
for name in open(sys.argv[1]).read().split():
    try:
        importlib.import_module(name)
    except ImportError:
        continue
    print(name)
"""


def measure(*, rounds: int = ROUNDS) -> list[Measurement]:
    folder, running = new_data_dir(), DaemonProcess(new_data_dir())
    try:
        names = _imports_of_daemon(folder)
        running.start()
        return [*_daemon_measured(folder, names, rounds), *_calls_measured(running, rounds)]
    finally:
        running.end()
        shutil.rmtree(running.data_dir)
        shutil.rmtree(folder)


def _daemon_measured(folder: Path, names: Path, rounds: int) -> list[Measurement]:
    def imports() -> float:
        return _until_line(lambda descriptor: [*PYTHON, "-c", ONLY_IMPORTS, str(descriptor), str(names)])

    versus = f"a process that imports the {len(names.read_text().split())} modules that the daemon does not bring"
    cases = [
        Case(operation="daemon ready", sample=lambda: _cold(folder), limit=imports, goal=DAEMON_GOAL),
        Case(operation="daemon ready, new data folder", sample=_cold_in_new_folder, limit=imports),
        Case(operation="first client served", sample=lambda: _first_client(folder), limit=imports),
    ]
    return compared(SECTION, versus, cases, rounds=rounds)


def _calls_measured(running: DaemonProcess, rounds: int) -> list[Measurement]:
    program = os.fspath(Path(sys.executable).with_name("treadle"))
    option = ("--data-dir", os.fspath(running.data_dir))

    def bare() -> float:
        return _run([sys.executable, "-c", "pass"])

    def case(*words: str) -> Case:
        arguments = words if words == ("--version",) else (*words, *option)
        return Case(
            operation=f"treadle {' '.join(words)}",
            sample=lambda: _run([program, *arguments]),
            limit=bare,
            goal=CALL_GOAL,
        )

    cases = [case("status"), case("sessions"), case("--version")]
    return compared(SECTION, "bare Python (python -c pass)", cases, rounds=rounds)


def _run(command: list[str]) -> float:
    """Seconds from the fork to the end."""
    nowhere = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1)]
    begun = time.perf_counter()
    pid = os.posix_spawn(command[0], command, ENVIRONMENT, file_actions=nowhere)
    _, status = os.waitpid(pid, 0)
    taken = time.perf_counter() - begun
    assert status == 0, command
    return taken


def _serve(data_dir: Path, descriptor: int, *options: str) -> list[str]:
    """As `client.daemon` calls it."""
    return [*PYTHON, *options, "-m", "treadle", "serve", "--data-dir", str(data_dir), "--ready-fd", str(descriptor)]


@contextmanager
def _spawned(command: Callable[[int], Sequence[str]], log: Path | None = None) -> Iterator[int]:
    """A process that writes a line to the descriptor that its command is given; ended by its id."""
    read_end, write_end = os.pipe()
    try:
        with open(log or os.devnull, "wb") as errors:  # noqa: PTH123 - perhaps a device
            process = subprocess.Popen(
                command(write_end),
                env=ENVIRONMENT,
                pass_fds=(write_end,),
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
            )
        os.close(write_end)
        try:
            yield read_end
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(BOUND_SECONDS)
    finally:
        os.close(read_end)


def _await_line(descriptor: int, expected: bytes) -> None:
    assert select.select([descriptor], [], [], BOUND_SECONDS)[0], "it says nothing"
    said = os.read(descriptor, 4096)
    assert expected in said, said


def _until_line(command: Callable[[int], Sequence[str]], expected: bytes = b"imported") -> float:
    begun = time.perf_counter()
    with _spawned(command) as descriptor:
        _await_line(descriptor, expected)
        return time.perf_counter() - begun


def _cold(data_dir: Path) -> float:
    return _until_line(lambda descriptor: _serve(data_dir, descriptor), b'"pid"')


def _cold_in_new_folder() -> float:
    folder = new_data_dir()
    try:
        return _cold(folder)
    finally:
        shutil.rmtree(folder)


def _first_client(data_dir: Path) -> float:
    """Of one that connects as soon as the socket listens, which is long before the daemon is ready."""
    begun = time.perf_counter()
    with _spawned(lambda descriptor: _serve(data_dir, descriptor)), _connected(data_dir / "daemon.sock") as client:
        client.initialize()
        client.call("daemon/status")
        return time.perf_counter() - begun


def _connected(socket: Path) -> WireClient:
    deadline = time.perf_counter() + BOUND_SECONDS
    while True:
        try:
            return WireClient(socket)
        except (FileNotFoundError, ConnectionRefusedError):
            assert time.perf_counter() < deadline, "nobody listens"
            select.select([], [], [], POLL_SECONDS)


def _imports_of_daemon(folder: Path) -> Path:
    """A file with what a daemon has imported when it is ready, in its order, without Treadle's own modules."""
    _cold(folder)  # makes the data folder
    trace, traced, names = folder / "imports.log", folder / "traced.txt", folder / "imports.txt"
    with _spawned(lambda descriptor: _serve(folder, descriptor, "-X", "importtime"), trace) as descriptor:
        _await_line(descriptor, b'"pid"')
        lines = trace.read_text().splitlines()
    found = [line.rpartition("|")[2].strip() for line in lines if line.startswith(IMPORT_TRACE)][1:]
    foreign = [name for name in found if name.partition(".")[0] not in ("treadle", "__main__", "site")]
    traced.write_text("\n".join(foreign))
    # The trace also names what was looked for in vain.
    tried = subprocess.run(
        [*PYTHON, "-c", IMPORTABLE, traced], capture_output=True, text=True, check=True, timeout=BOUND_SECONDS
    )
    names.write_text(tried.stdout)
    return names
