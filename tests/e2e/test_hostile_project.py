"""A project whose every file tries to run something: however it is looked at, nothing runs before it is trusted."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent_fixtures import IDENTITY
from tests.daemon_fixtures import DaemonProcess
from tests.e2e.treadle_runs import World
from tests.hostile_project import HostileProject, git, hostile_project_in
from treadle.client.errors import ClientError

PROGRAM = (str(Path(sys.executable).with_name("treadle")),)
WITHOUT_FILTER = (*IDENTITY, "-c", "filter.worse.process=")
TASK = ("run", "task", "--option", "description=Do it")


@pytest.fixture
def project(tmp_path: Path) -> HostileProject:
    return hostile_project_in(tmp_path)


@pytest.fixture
def world(project: HostileProject, tmp_path: Path, shared_daemon: DaemonProcess) -> World:
    return world_in(tmp_path, project, shared_daemon.data_dir)


@pytest.fixture
def own_world(project: HostileProject, tmp_path: Path, data_dir: Path) -> Iterator[World]:
    """Its daemon is started in that folder by the first command."""
    world = world_in(tmp_path, project, data_dir)
    yield world
    assert world.treadle("stop").code == 0


def world_in(folder: Path, project: HostileProject, data_dir: Path) -> World:
    """Treadle as a person starts it in that folder, which also holds what could take the place of its modules."""
    agent = folder / "claude"
    agent.write_text(f"#!/bin/sh\n: > {project.marks}/agent\necho '2 (Claude Code)'\n")
    agent.chmod(0o755)
    environment = {"HOME": str(folder), "PATH": "/usr/bin:/bin", "TREADLE_CLAUDE": str(agent)}
    return World(project.root, data_dir, environment, PROGRAM)


def init(project: HostileProject, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [*PROGRAM, "init", *words]
    return subprocess.run(command, cwd=project.root, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("words", "marks"),
    [
        (("git", "status"), {"core.fsmonitor", "filter.evil.clean", "filter.worse.process"}),
        (("git", *WITHOUT_FILTER, "commit", "--allow-empty", "-mMore"), {"hook-pre-commit", "hook-post-index-change"}),
        (("git", "config", "--edit"), {"core.editor"}),
        ((".venv/bin/python", "-m", "pytest"), {".venv_bin_python"}),
        ((sys.executable, "-m", "treadle"), {"treadle___init__.py"}),
        ((sys.executable, "conftest.py"), {"conftest.py"}),
    ],
)
def test_the_traps_spring(project: HostileProject, words: tuple[str, ...], marks: set[str]) -> None:
    subprocess.run(words, cwd=project.root, capture_output=True, timeout=30, check=False)
    assert marks <= set(project.sprung)


@pytest.mark.requirement("trust.code-needs-trust", "trust.refused-without-terminal")
def test_nothing_runs_before_it_is_trusted(project: HostileProject, own_world: World) -> None:
    path = f"node_modules/.bin:.::{own_world.environment['PATH']}"
    for words in (TASK, ("run", "component_test", "--component", "Calculator"), (*TASK, "--environment", "vscode")):
        refused = own_world.treadle(*words, PATH=path)
        assert refused.code == 4
        assert "is not trusted, and code that comes with it would be run: look at it, then give" in refused.stderr
        assert refused.stderr.count("\n") == 1
    shown = own_world.treadle("project")
    assert shown.code == 0
    assert "It is not trusted; treadle project --trust says that it may." in shown.stdout
    assert all(character.isprintable() or character == "\n" for character in shown.stdout)
    opened = own_world.json("project")
    assert (opened["trusted"], opened["components"]) == (False, [])
    assert "is there already" in init(project).stderr
    own_world.treadle("project", "--project", "bare")
    listings: list[tuple[str, ...]] = [("types",), ("sessions",), ("status",), ("project", "list"), ("run", "--help")]
    for listing in listings:
        assert own_world.treadle(*listing).code == 0
    assert own_world.json("sessions") == []
    assert project.sprung == []


@pytest.mark.requirement("trust.code-needs-trust")
def test_on_the_wire_an_untrusted_folder_gets_nothing(project: HostileProject, world: World) -> None:
    with world.connection() as connection:
        opened = connection.call("project/open", {"root": str(project.root), "facts": {"test_command": ["./evil"]}})
        assert (opened["trusted"], opened["components"]) == (False, [])
        of_project: dict[str, Any] = opened["project"]  # type: ignore[assignment]
        assert of_project["settings"] == {}
        options = {"description": "Do it"}
        params = {"type": "task", "projectId": of_project["id"], "root": str(project.root), "options": options}
        with pytest.raises(ClientError, match="is not trusted with its present content") as refused:
            connection.call("session/create", params)
        assert refused.value.exit_code == 4
    assert project.sprung == []


def added(path: str, text: str = "") -> Callable[[Path], object]:
    def change(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    return change


def without_python(root: Path) -> None:
    """What is found then are the scripts of package.json."""
    for name in ("pyproject.toml", "setup.py", "pytest.ini"):
        (root / name).unlink()


CHANGES: dict[str, Callable[[Path], object]] = {
    "settings": added(".treadle/project.yaml", "name: other\n"),
    "prompt": added(".treadle/prompts/task/fix.md", "Obey."),
    "rule": added(".treadle/rules/all.md", "Obey more."),
    "workflow": added(".treadle/workflows/x.yaml", "id: y\n"),
    "new file": added(".treadle/anything/else"),
    "renamed": lambda root: (root / ".treadle" / "rules" / "all.md").rename(root / ".treadle" / "rules" / "some.md"),
    "removed": lambda root: (root / ".treadle" / "rules" / "some.md").unlink(),
    "interpreter": lambda root: (root / ".venv/lib/python3.12/site-packages/pytest").mkdir(parents=True),
}


@pytest.mark.requirement("trust.covers-all-code", "trust.asked-once", "trust.option-is-a-yes")
def test_a_yes_is_remembered_for_that_content(project: HostileProject, world: World) -> None:
    for name, change in CHANGES.items():
        assert world.treadle("project", "--trust").code == 0
        assert world.json("project")["trusted"] is True, name
        change(project.root)
        refused = world.treadle(*TASK)
        assert (refused.code, "is not trusted" in refused.stderr) == (4, True), name
    assert project.sprung == []


@pytest.mark.requirement("trust.asked-once")
def test_a_changed_script_of_the_test_command_asks_again(project: HostileProject, world: World) -> None:
    without_python(project.root)
    assert world.treadle("project", "--trust").code == 0
    package = json.loads((project.root / "package.json").read_text())
    for name in ("pretest", "test", "posttest"):
        package["scripts"][name] += " again"
        (project.root / "package.json").write_text(json.dumps(package))
        assert world.json("project")["trusted"] is False
        assert world.treadle("project", "--trust").code == 0
    package["scripts"]["unrelated"] = "echo"
    (project.root / "package.json").write_text(json.dumps(package))
    assert world.json("project")["trusted"] is True
    assert project.sprung == []


@pytest.mark.requirement("trust.one-folder")
@pytest.mark.requirement("trust.asked-once")
def test_trust_in_one_folder_is_none_in_a_copy_or_clone(project: HostileProject, world: World, tmp_path: Path) -> None:
    assert world.treadle("project", "--trust").code == 0
    copy, clone = tmp_path / "copy", tmp_path / "clone"
    shutil.copytree(project.root, copy, symlinks=True)
    environment = {"GIT_CONFIG_NOSYSTEM": "1", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = ["git", "clone", "--quiet", "--no-checkout", f"{project.root}/.git", str(clone)]
    subprocess.run(command, env=environment, timeout=30, check=True)
    for other in (copy, clone):
        refused = world.treadle(*TASK, "--project", str(other))
        assert (refused.code, "is not trusted" in refused.stderr) == (4, True)
    assert world.json("project")["trusted"] is True


@pytest.mark.requirement("trust.no-links")
@pytest.mark.parametrize("linked", [".treadle", ".treadle/project.yaml"])
def test_a_link_out_of_the_project_is_followed_by_nobody(
    project: HostileProject, world: World, tmp_path: Path, linked: str
) -> None:
    place, elsewhere = project.root / linked, tmp_path / "elsewhere"
    (shutil.rmtree if place.is_dir() else Path.unlink)(place)
    elsewhere.mkdir()
    place.symlink_to(elsewhere if linked == ".treadle" else elsewhere / "project.yaml")
    for words in (TASK, (*TASK, "--trust"), ("project",), ("project", "--trust")):
        refused = world.treadle(*words)
        assert (refused.code, "is a link; Treadle reads no links there." in refused.stderr) == (3, True)
    assert init(project).returncode == 3
    assert init(project, "--force").returncode == (3 if linked == ".treadle" else 0)
    assert list(elsewhere.iterdir()) == []
    assert project.sprung == []


def test_a_linked_prompt_or_rule_is_neither_read_nor_trusted(
    project: HostileProject, world: World, tmp_path: Path
) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("A secret.")
    assert world.treadle("project", "--trust").code == 0
    for name in ("prompts/task/fix.md", "rules/secret.md"):
        (project.root / ".treadle" / name).symlink_to(secret)
    assert world.json("project")["trusted"] is True  # what is never read changes nothing
    assert secret.read_text() not in json.dumps(world.json("project"))


def test_a_branch_and_a_folder_that_look_like_commands_are_names(project: HostileProject, own_world: World) -> None:
    """Trusted, and with its own tools disarmed: what is left are the names."""
    for place in (".git/hooks", "hooks"):
        shutil.rmtree(project.root / place)
    (project.root / ".git" / "config").write_text("[core]\n\tbare = false\n")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-mNames")
    for mark in project.marks.iterdir():
        mark.unlink()
    done = own_world.treadle(*TASK, "--trust")
    assert done.code == 1, done
    assert own_world.steps()[0] == ("initialize", "ok")
    assert set(project.sprung) <= {"agent"}
