"""The main job as a new user sees it: `make demo`."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.demo import ROOT, DemoFolder

LIMIT_S = 110


def treadle(folder: DemoFolder, *arguments: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "treadle", *arguments, "--json", "--data-dir", folder.data],
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[DemoFolder, str]:
    """The demo, run once, with what it printed; its daemon is stopped at the end."""
    folder = DemoFolder(tmp_path_factory.mktemp("demo") / "demo")
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo", "--folder", folder.path],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder, done.stdout


@pytest.fixture(autouse=True, scope="module")
def stopped_daemon(demo: tuple[DemoFolder, str]) -> Any:
    yield
    stop = [sys.executable, "-m", "treadle", "stop", "--data-dir", str(demo[0].data)]
    subprocess.run(stop, check=True, capture_output=True, timeout=30)


def test_it_says_which_model_answers(demo: tuple[DemoFolder, str]) -> None:
    assert "scripted stand-in" in demo[1]


def test_all_sessions_are_complete(demo: tuple[DemoFolder, str]) -> None:
    sessions = treadle(demo[0], "sessions")
    assert [(session["type"], session["status"]) for session in sessions] == [
        ("component_coding", "complete"),
        ("component_test", "complete"),
        ("task", "complete"),
    ]


def test_the_bug_of_the_first_implementation_is_found_and_mended(demo: tuple[DemoFolder, str]) -> None:
    shown = treadle(demo[0], "show", "3")
    assert [(step["step"], step["result"]["status"]) for step in shown["interactions"]] == [
        ("initialize", "ok"),
        ("generate_implementation", "ok"),
        ("run_tests", "error"),
        ("fix_failures", "ok"),
        ("run_tests", "ok"),
        ("finalize", "ok"),
    ]


def test_the_branch_holds_tests_and_implementation(demo: tuple[DemoFolder, str]) -> None:
    git = ["git", "-C", str(demo[0].project)]
    files = subprocess.run([*git, "ls-files"], check=True, capture_output=True, text=True).stdout.splitlines()
    assert {"src/calculator.py", "tests/test_calculator.py"} <= set(files)
    branch = subprocess.run([*git, "branch", "--show-current"], check=True, capture_output=True, text=True).stdout
    assert branch.startswith("treadle/3-")
    assert not subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True).stdout


def test_the_record_is_whole_and_in_order(demo: tuple[DemoFolder, str]) -> None:
    events = treadle(demo[0], "events", "3")
    kinds = [event["eventType"] for event in events]
    times = [event["sentAt"] for event in events]
    assert times == sorted(times)
    story = ["command_started", "conversation_started", "tool_called", "file_created", "conversation_ended"]
    story += ["command_started", "command_output", "command_completed", "conversation_started", "file_modified"]
    remaining = iter(kinds)
    assert all(kind in remaining for kind in story), kinds


def test_the_persons_own_claude_settings_are_not_touched(demo: tuple[DemoFolder, str]) -> None:
    assert (demo[0].agent_configuration / "projects").is_dir()
    assert not (Path.home() / ".claude" / "projects" / str(demo[0].project).replace("/", "-")).exists()
