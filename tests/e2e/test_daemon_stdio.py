"""`treadle serve --stdio` and `treadle connect`: for editors that start a server."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.daemon_fixtures import BOUND_SECONDS, DaemonProcess, serve_command
from tests.wire_client import initialize_params
from treadle.protocol.framing import FrameBuffer, frame

DAEMON_TROUBLE = 6


def connect_command(data_dir: Path) -> list[str]:
    return [sys.executable, "-m", "treadle", "connect", "--data-dir", str(data_dir)]


def framed(*messages: object) -> bytes:
    return b"".join(frame(json.dumps({"jsonrpc": "2.0", **message}).encode()) for message in messages)  # type: ignore[dict-item]


INITIALIZE = {"id": 1, "method": "initialize", "params": initialize_params()}
STATUS = {"id": 2, "method": "daemon/status"}


@contextmanager
def started(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=BOUND_SECONDS)


def conversation(command: list[str], said: bytes) -> tuple[list[dict[str, Any]], int, str]:
    """What comes back when all of this is said and the input ends."""
    with started(command) as process:
        output, errors = process.communicate(said, timeout=BOUND_SECONDS)
        frames = FrameBuffer()
        frames.add(output)
        answers = []
        while (body := frames.take()) is not None:
            answers.append(json.loads(body))
        answers.sort(key=lambda answer: answer["id"])
        return answers, process.returncode, errors.decode()


def test_stdio_serves_one_client_until_its_input_ends(data_dir: Path) -> None:
    answers, exit_code, _ = conversation([*serve_command(data_dir), "--stdio"], framed(INITIALIZE, STATUS))
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["result"]["socket"] is None
    assert exit_code == 0
    assert not (data_dir / "daemon.sock").exists()


def test_stdio_ends_by_exit(data_dir: Path) -> None:
    with started([*serve_command(data_dir), "--stdio"]) as process:
        assert process.stdin is not None
        process.stdin.write(framed(INITIALIZE, {"id": 2, "method": "shutdown"}, {"method": "exit"}))
        process.stdin.flush()
        assert process.wait(BOUND_SECONDS) == 0


def test_stdio_ends_by_a_signal(data_dir: Path) -> None:
    with started([*serve_command(data_dir), "--stdio"]) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(framed(INITIALIZE))
        process.stdin.flush()
        assert process.stdout.readline().startswith(b"Content-Length")
        process.terminate()
        assert process.wait(BOUND_SECONDS) == 0


def test_stdio_beside_a_daemon_names_the_other_way(daemon: DaemonProcess) -> None:
    answers, exit_code, errors = conversation([*serve_command(daemon.data_dir), "--stdio"], framed(INITIALIZE))
    assert (answers, exit_code) == ([], DAEMON_TROUBLE)
    assert "treadle connect" in errors


def test_stdio_needs_pipes(data_dir: Path) -> None:
    done = subprocess.run(
        [*serve_command(data_dir), "--stdio"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )
    assert done.returncode == DAEMON_TROUBLE
    assert "must be pipes" in done.stderr
    assert "Traceback" not in done.stderr


def test_connect_bridges_to_the_daemon_that_runs(daemon: DaemonProcess) -> None:
    answers, exit_code, _ = conversation(connect_command(daemon.data_dir), framed(INITIALIZE, STATUS))
    assert answers[1]["result"]["pid"] == daemon.pid
    assert exit_code == 0


def test_connect_ends_by_exit_and_the_daemon_lives_on(daemon: DaemonProcess) -> None:
    with started(connect_command(daemon.data_dir)) as process:
        assert process.stdin is not None
        process.stdin.write(framed(INITIALIZE, {"id": 2, "method": "shutdown"}, {"method": "exit"}))
        process.stdin.flush()
        assert process.wait(BOUND_SECONDS) == 0
    with daemon.client() as client:
        assert client.call("daemon/status")["connections"] == 1


def test_connect_starts_the_daemon_and_the_daemon_stays(data_dir: Path) -> None:
    stop = {"id": 3, "method": "daemon/shutdown"}
    answers, exit_code, _ = conversation(connect_command(data_dir), framed(INITIALIZE, STATUS))
    assert exit_code == 0
    again, exit_code, _ = conversation(connect_command(data_dir), framed(INITIALIZE, STATUS, stop))
    assert again[1]["result"]["pid"] == answers[1]["result"]["pid"]
    assert (again[2]["result"], exit_code) == ({"stopping": True}, 0)


def test_connect_says_why_no_daemon_can_be_started(data_dir: Path) -> None:
    (data_dir / "treadle.db").write_text("this is not a database, however long it may be" * 100)
    _, exit_code, errors = conversation(connect_command(data_dir), framed(INITIALIZE))
    assert exit_code == DAEMON_TROUBLE
    assert errors.startswith("treadle: ")
    assert "Traceback" not in errors
