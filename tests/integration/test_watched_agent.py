"""The real Claude Code changes files in all of its ways: each change is told once, by whom it can be told."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import agent_environment_in, commit_all_in
from tests.unit.runner.benches import Kept, bench, work
from tools.scripted_model.script import Json, Script
from tools.scripted_model.server import ScriptedModelServer, start
from treadle.domain.event import FILE_EVENTS, EventType
from treadle.domain.result import ResultStatus
from treadle.runner.execute import execute

FAILING = "rm old.txt; sed -i s/first/second/ kept.txt; mv moved.txt away.txt; echo x > ignored.log; false"


def bash(command: str) -> dict[str, object]:
    return {"tool": "Bash", "input": {"command": command, "description": "A command"}}


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    turns: list[Json] = [
        {"calls": [{"tool": "Write", "input": {"file_path": "{{cwd}}/src/new.py", "content": "new\n"}}]},
        {"calls": [bash("mkdir deep && echo 1 > deep/made.txt && echo 2 >> src/new.py")]},
        {"calls": [bash(FAILING)]},
        {"say": "Done."},
    ]
    with start({"changes": Script("changes", turns)}) as server:
        yield server


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    kept = Kept()
    project = bench(tmp_path, kept).project_root
    for name in ("old.txt", "kept.txt", "moved.txt"):
        (project / name).write_text("first\n")
    (project / ".gitignore").write_text("*.log\n")
    commit_all_in(project)
    return kept


def changes(kept: Kept) -> list[tuple[str, object, str]]:
    """What, where, and who told it."""
    events = [event for event in kept.events if event.event_type in FILE_EVENTS]
    kinds = [event.event_type.removeprefix("file_") for event in events]
    return [
        (kind, event.data["path"], "tool" if "tool" in event.data else "watcher")
        for kind, event in zip(kinds, events, strict=True)
    ]


def test_each_change_of_an_agent_is_told_once(
    tmp_path: Path, kept: Kept, model: ScriptedModelServer, claude_executable: Path
) -> None:
    environ = agent_environment_in(tmp_path / "home", f"{model.url}/changes", claude_executable)
    step = work("claude", prompt="Change files.", options={"allowed_tools": ["Bash"]})
    result = execute(step, bench(tmp_path, kept, environ=environ))
    assert (result.status, result.error_message) == (ResultStatus.OK, None)
    told = changes(kept)
    assert told[:3] == [
        ("created", "src/new.py", "tool"),
        ("created", "deep/made.txt", "tool"),
        ("modified", "src/new.py", "tool"),
    ]
    assert sorted(told[3:]) == [
        ("created", "away.txt", "watcher"),
        ("deleted", "moved.txt", "watcher"),
        ("deleted", "old.txt", "watcher"),
        ("modified", "kept.txt", "watcher"),
    ]
    failed = kept.of(EventType.TOOL_RESULT)[-1]
    assert failed["is_error"] is True
    during = {data.get("during") for event_type in FILE_EVENTS for data in kept.of(event_type) if "tool" not in data}
    assert during <= {failed["tool_use_id"], None}


def test_changes_of_a_command_are_told_by_the_watcher(tmp_path: Path, kept: Kept) -> None:
    step = work(f"{FAILING[:-5]}true")
    result = execute(step, bench(tmp_path, kept))
    assert result.status is ResultStatus.OK
    assert sorted(changes(kept)) == [
        ("created", "away.txt", "watcher"),
        ("deleted", "moved.txt", "watcher"),
        ("deleted", "old.txt", "watcher"),
        ("modified", "kept.txt", "watcher"),
    ]


def test_treadles_own_work_with_git_is_not_watched(tmp_path: Path, kept: Kept) -> None:
    project = bench(tmp_path, kept).project_root
    subprocess.run(["git", "rm", "--quiet", "old.txt"], cwd=project, check=True)
    words = ["treadle", "git", "stage", "--", "kept.txt"]
    execute(work("shell", argv=words), bench(tmp_path, kept))
    assert changes(kept) == []
