"""Real folders that are really watched: what changes in them is told, each change once."""

import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.agent_fixtures import commit_all_in
from tests.unit.runner.benches import Kept, bench
from treadle.agents.event_draft import EventDraft, draft
from treadle.client.errors import ClientError
from treadle.domain.event import FILE_EVENTS, EventSource, EventType
from treadle.runner import file_news, file_watcher
from treadle.runner.file_watcher import watched
from treadle.runner.project_files import ProjectFiles, Stamp
from treadle.runner.workbench import Workbench

BOUND_SECONDS = 20.0


class Told(Kept):
    """What was told, and waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._came = threading.Condition()
        self.watch = self._noticed

    def _noticed(self, _: EventType) -> None:
        with self._came:
            self._came.notify_all()

    def files(self) -> list[str]:
        """Such as `created src/a.py`; whatever was told, in the order of names."""
        events = [event for event in self.events if event.event_type in FILE_EVENTS]
        return sorted(f"{event.event_type.removeprefix('file_')} {event.data['path']}" for event in events)

    def wait_for(self, *expected: str) -> None:
        with self._came:
            assert self._came.wait_for(lambda: set(expected) <= set(self.files()), BOUND_SECONDS), self.files()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def project(tmp_path: Path, told: Told) -> Path:
    root = bench(tmp_path, told).project_root
    (root / "src").mkdir()
    for name in ("src/a.py", "src/b.py", "c.txt"):
        (root / name).write_text("first\n")
    (root / ".gitignore").write_text("*.log\nout/\n")
    commit_all_in(root)
    return root


@contextmanager
def live(tmp_path: Path, told: Told) -> Iterator[Workbench]:
    """Until its end everything is told as it is seen."""
    with watched(bench(tmp_path, told)) as at_hand:
        yield at_hand


def sh(project: Path, script: str) -> None:
    subprocess.run(["sh", "-c", script], cwd=project, check=False, capture_output=True, timeout=30)


def test_what_commands_do_is_told_while_the_step_runs(tmp_path: Path, told: Told, project: Path) -> None:
    with live(tmp_path, told):
        sh(project, "sed -i s/first/second/ src/a.py; rm src/b.py; mkdir -p new/deep; echo 1 > new/deep/d.py; false")
        told.wait_for("modified src/a.py", "deleted src/b.py", "created new/deep/d.py")
        sh(project, "mv new moved; echo 2 > moved/deep/e.py")
        told.wait_for("deleted new/deep/d.py", "created moved/deep/d.py", "created moved/deep/e.py")
        sh(project, "echo 3 > moved/deep/f.py")
        told.wait_for("created moved/deep/f.py")
    assert len(told.files()) == 7
    assert told.notes == []


def test_what_was_not_told_yet_is_told_at_the_end(
    tmp_path: Path, told: Told, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_news, "HOLD_SECONDS", 600.0)
    with live(tmp_path, told):
        sh(project, "echo 1 > last; rm c.txt")
        assert told.files() == []
    assert told.files() == ["created last", "deleted c.txt"]


def test_a_save_by_way_of_another_file_is_a_modification(
    tmp_path: Path, told: Told, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_news, "HOLD_SECONDS", 600.0)
    with live(tmp_path, told):
        sh(project, "echo x > src/.a.py.tmp; mv src/.a.py.tmp src/a.py; echo y > src/gone; rm src/gone")
    assert told.files() == ["modified src/a.py"]


def test_what_git_ignores_is_not_told(tmp_path: Path, told: Told, project: Path) -> None:
    with live(tmp_path, told):
        sh(
            project,
            "echo 1 > a.log; mkdir out; echo 1 > out/x; git add -A; git -c user.name=t -c user.email=t@t commit -m x",
        )
        sh(project, "echo 1 > seen")
        told.wait_for("created seen")
    assert told.files() == ["created seen"]


def test_what_is_ignored_no_more_was_there_before(
    tmp_path: Path, told: Told, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_watcher, "CLOCK_SLACK_NS", 0)
    sh(project, "echo 1 > before.log; mkdir out; echo 1 > out/before")
    with live(tmp_path, told):
        sh(project, "echo > .gitignore; echo 1 > after.log")
    assert told.files() == ["created after.log", "modified .gitignore"]


def test_what_is_ignored_from_now_on_is_not_deleted(tmp_path: Path, told: Told, project: Path) -> None:
    sh(project, "echo 1 > draft")
    with live(tmp_path, told):
        sh(project, "echo draft >> .gitignore")
    assert told.files() == ["modified .gitignore"]


def test_another_branch_is_what_it_changes(tmp_path: Path, told: Told, project: Path) -> None:
    sh(project, "git switch -c other; rm src/b.py; echo 2 > src/a.py; echo 3 > d.py")
    commit_all_in(project)
    with live(tmp_path, told):
        sh(project, "git switch main")
    assert told.files() == ["created src/b.py", "deleted d.py", "modified src/a.py"]


def test_a_tool_that_tells_its_files_is_not_repeated_and_one_that_fails_is_named(
    tmp_path: Path, told: Told, project: Path
) -> None:
    def emit(event_type: EventType, **data: object) -> None:
        at_hand.emit(draft(event_type, **data), EventSource.STREAM)

    with live(tmp_path, told) as at_hand:
        emit(EventType.TOOL_CALLED, tool_use_id="write", tool="Write")
        (project / "src/new.py").write_text("new")
        emit(EventType.FILE_CREATED, tool_use_id="write", path="src/new.py")
        emit(EventType.TOOL_RESULT, tool_use_id="write")
        (project / "between").write_text("somebody else's")
        told.wait_for("created between")
        emit(EventType.TOOL_CALLED, tool_use_id="bash", tool="Bash")
        sh(project, "rm c.txt; exit 3")
        emit(EventType.TOOL_RESULT, tool_use_id="bash", is_error=True)
        told.wait_for("deleted c.txt")
    assert told.files() == ["created between", "created src/new.py", "deleted c.txt"]
    assert [data["during"] for data in told.of(EventType.FILE_DELETED)] == ["bash"]


def test_a_worktree_and_a_folder_without_git_are_watched_too(tmp_path: Path, told: Told, project: Path) -> None:
    linked = tmp_path / "linked"
    sh(project, f"git worktree add --detach {linked}")
    plain = tmp_path / "plain"
    plain.mkdir()
    for root in (linked, plain):
        place = bench(tmp_path, told)
        with watched(replace(place, project_root=root)):
            sh(root, f"echo 1 > {root.name}; mkdir node_modules; echo 1 > node_modules/x.log")
            told.wait_for(f"created {root.name}")
    assert told.files() == ["created linked", "created plain"]


def test_where_the_system_reports_nothing_it_is_looked_for(
    tmp_path: Path, told: Told, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_watcher, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(file_news, "HOLD_SECONDS", 0.0)
    monkeypatch.setattr(file_watcher.FileWatcher, "_notify_of_all", _refused)
    with live(tmp_path, told):
        sh(project, "echo 2 > src/a.py; mkdir d; echo 1 > d/e")
        told.wait_for("modified src/a.py", "created d/e")
    assert told.notes == [
        "The project's files cannot be watched (limit reached); changes are looked for every 0.05 seconds."
    ]


def _refused(_: object) -> None:
    raise OSError('limit reached. about ["/project"]')


def test_what_has_gone_while_a_slow_git_lists_the_files_is_nothing(
    tmp_path: Path, told: Told, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An agent's tool saves by way of another file, which is there for a moment."""
    stamps, listed = ProjectFiles.stamps, threading.Event()

    def slow(files: ProjectFiles, paths: Sequence[str] = ()) -> dict[str, Stamp]:
        found = stamps(files, paths)
        if "new.tmp" in found:
            sh(project, f"sleep {2 * file_news.HOLD_SECONDS}; mv new.tmp new")
            listed.set()
        return found

    monkeypatch.setattr(file_news, "HOLD_SECONDS", 0.2)
    monkeypatch.setattr(ProjectFiles, "stamps", slow)
    with live(tmp_path, told):
        sh(project, "echo 1 > new.tmp")
        assert listed.wait(20)
        told.wait_for("created new")
    assert told.files() == ["created new"]


def test_git_that_breaks_meanwhile_costs_only_the_news(tmp_path: Path, told: Told, project: Path) -> None:
    with live(tmp_path, told):
        sh(project, "echo broken > .git/index; echo 1 > new")
    assert told.files() == []
    assert told.notes == [f"Not all changes of files were seen: Git does not list the files in {project}."]


def test_of_too_many_folders_none_is_watched(
    tmp_path: Path, told: Told, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_watcher, "MAX_FOLDERS", 2)
    monkeypatch.setattr(file_watcher, "POLL_SECONDS", 0.05)
    sh(project, "mkdir more")
    with live(tmp_path, told):
        sh(project, "echo 1 > more/new")
        told.wait_for("created more/new")
    assert told.notes[0].startswith("The project's files cannot be watched (there are more than 2 folders);")


def test_git_that_is_broken_from_the_beginning_is_said(tmp_path: Path, told: Told, project: Path) -> None:
    sh(project, "echo broken > .git/index")
    with live(tmp_path, told) as at_hand:
        assert at_hand.project_root == project
    assert told.notes == [f"Changes of files are not watched: Git does not list the files in {project}."]


def test_a_daemon_that_is_lost_does_not_end_the_step_from_here(tmp_path: Path, told: Told, project: Path) -> None:
    def lost(event: EventDraft, source: EventSource) -> None:
        raise ClientError("The daemon is gone.")

    place = bench(tmp_path, told)
    with watched(replace(place, emit=lost)):
        sh(project, "echo 1 > new")


def test_the_error_of_the_step_is_the_one_that_counts(tmp_path: Path, told: Told, project: Path) -> None:
    def fail() -> None:
        with live(tmp_path, told):
            sh(project, "echo 1 > new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert told.files() == ["created new"]
    assert "file-watcher" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_what_was_told_leads_to_what_is_there(
    tmp_path: Path, told: Told, project: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each event fits what was told before it: no file is made twice, or deleted that is not there."""
    monkeypatch.setattr(file_news, "HOLD_SECONDS", 0.05)
    monkeypatch.setattr(file_watcher, "REWATCH_SECONDS", 0.05)
    existing = set(ProjectFiles(project).stamps())
    with live(tmp_path, told):
        disturb(project, Random(seed))  # noqa: S311 - the same each time
    for event in told.events:
        path = str(event.data["path"])
        assert (path in existing) == (event.event_type is not EventType.FILE_CREATED), event
        if event.event_type is EventType.FILE_DELETED:
            existing.remove(path)
        else:
            existing.add(path)
    assert existing == set(ProjectFiles(project).stamps())


def disturb(project: Path, chance: Random) -> None:
    names = [f"{folder}{name}" for folder in ("", "d/", "d/e/", "f/") for name in "abc"]
    for _ in range(150):
        path, other = (project / chance.choice(names) for _ in range(2))
        with suppress(OSError, shutil.Error):
            match chance.choice(["write", "write", "delete", "rename", "save", "move", "forget", "pause"]):
                case "write":
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(str(chance.random()))
                case "delete":
                    path.unlink()
                case "rename":
                    path.replace(other)
                case "save":
                    other.write_text(str(chance.random()))
                    other.replace(path)
                case "move":
                    shutil.move(path.parent, project / chance.choice("fgd"))
                case "forget":
                    shutil.rmtree(project / chance.choice("dfg"))
                case _:
                    threading.Event().wait(chance.random() / 10)
