"""The gate as Claude Code calls it in a terminal: a process of its own, also without a daemon."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from treadle.client.errors import ClientError
from treadle.runner.gate_process import GateRule
from treadle.runner.terminal_gate import GateFile, gate_state

FAILS_ONCE = "test -e seen || { touch seen; echo It is not there.; exit 2; }"


def left(folder: Path, *argv: str, max_runs: int = 2) -> Path:
    file = GateFile(
        rule=GateRule(argv=argv, timeout_s=60.0, max_runs=max_runs),
        session_id=1,
        interaction_id="11111111-1111-4111-8111-111111111111",
        project_root=str(folder),
        data_dir=str(folder / "data"),
        state=str(folder / "state.json"),
    )
    path = folder / "gate.json"
    path.write_text(json.dumps(file.as_content()))
    assert GateFile.read(path) == file
    return path


def started(path: Path) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-m", "treadle", "gate", str(path)]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def called(path: Path, **asked: object) -> Any:
    process = started(path)
    stdout, stderr = process.communicate(json.dumps(asked), timeout=60)
    assert (process.returncode, stderr) == (0, "")
    return json.loads(stdout) if stdout else None


def test_it_blocks_with_the_reason_and_then_lets_the_agent_stop(tmp_path: Path) -> None:
    path = left(tmp_path, "sh", "-c", FAILS_ONCE)
    first = called(path)
    assert first["decision"] == "block"
    assert "It is not there." in first["reason"]
    assert "exit code 2" in first["reason"]
    assert gate_state(tmp_path / "state.json")["outcome"] == "blocked"
    assert called(path) is None
    state = gate_state(tmp_path / "state.json")
    assert (state["outcome"], state["runs"], state["failedRuns"]) == ("passed", 2, 1)


def test_it_gives_up_after_so_many_runs_and_runs_no_more(tmp_path: Path) -> None:
    path = left(tmp_path, "sh", "-c", "echo x >> runs; exit 1")
    assert called(path)["decision"] == "block"
    assert called(path) is None
    assert gate_state(tmp_path / "state.json")["outcome"] == "given_up"
    assert called(path) is None
    assert (tmp_path / "runs").read_text() == "x\nx\n"


def test_an_agent_that_waits_for_those_below_it_asks_again_later(tmp_path: Path) -> None:
    path = left(tmp_path, "sh", "-c", "touch ran")
    task = {"id": "a1", "type": "subagent", "status": "running"}
    assert called(path, background_tasks=[task]) is None
    assert not (tmp_path / "ran").exists()
    assert called(path, background_tasks=[{**task, "status": "completed"}]) is None
    assert (tmp_path / "ran").exists()


def test_a_gate_that_is_not_waited_for_is_ended(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "begun")
    process = started(left(tmp_path, "sh", "-c", "echo > begun; exec sleep 300"))
    assert process.stdin is not None
    process.stdin.close()
    process.stdin = None
    (tmp_path / "begun").read_text()
    process.send_signal(signal.SIGTERM)
    stdout, _ = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (0, "")
    assert gate_state(tmp_path / "state.json")["outcome"] == "cancelled"


def test_a_file_that_is_none_of_a_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "gate.json").write_text("{}")
    for path in (tmp_path / "gate.json", tmp_path / "none"):
        with pytest.raises(ClientError):
            GateFile.read(path)
