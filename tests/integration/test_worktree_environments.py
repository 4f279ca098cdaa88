"""In which environment commands run in a worktree: the project's packages, and the worktree's own files."""

import os
import subprocess
import venv
from pathlib import Path

import pytest

from tests.integration.worktree_worlds import World, ignore, make_world
from treadle.client.linked_folders import environment_in

ADD_MAPPED = """\
from importlib.machinery import PathFinder
class Finder:
    def find_spec(name, path=None, target=None):
        place = MAPPING.get(name)
        return PathFinder.find_spec(name, [place.rpartition("/")[0]]) if place else None
sys.meta_path.append(Finder)
"""
"""As setuptools does it, in short."""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    return make_world(tmp_path, monkeypatch)


@pytest.mark.parametrize("kind", ["path", "finder"])
def test_an_editable_install_leads_to_the_worktrees_own_files(world: World, kind: str) -> None:
    """What a session writes there is what its tests must judge."""
    ignore(world, ".venv/")
    venv.create(world.root / ".venv", symlinks=True)
    (site,) = (world.root / ".venv").glob("lib/python*/site-packages")
    (world.root / "src" / "part").mkdir(parents=True)
    (world.root / "src" / "part" / "__init__.py").write_text("")
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message=Part")
    if kind == "path":
        (site / "_part.pth").write_text(f"import sys\n{world.root / 'src'}\n/nowhere\n")
    else:
        finder = f"MAPPING: dict[str, str] = {{'part': {str(world.root / 'src' / 'part')!r}}}\n"
        (site / "__editable___part_1_finder.py").write_text(f"{finder}import sys\n{ADD_MAPPED}")
        (site / "__editable__.part-1.pth").write_text("import __editable___part_1_finder\n")
    there = world.open(12)
    words = [".venv/bin/python", "-c", "import part; print(part.__file__)"]
    found = {}
    for name, environment in (("as it is", world.environment), ("ours", environment_in(there, world.environment))):
        done = subprocess.run(words, cwd=there, env=dict(environment), check=True, capture_output=True, timeout=30)
        found[name] = Path(os.fsdecode(done.stdout).strip()).parents[2]
    assert found == {"as it is": world.root, "ours": there}


def test_only_a_linked_python_changes_the_environment(world: World) -> None:
    given = {"PATH": "/bin", "PYTHONPATH": "/mine", "UV_NO_SYNC": "0"}
    assert environment_in(world.root, given) == given
    ignore(world, ".venv")
    (world.root / ".venv" / "lib" / "python3.1" / "site-packages" / "pytest").mkdir(parents=True)
    (world.root / ".venv" / "lib" / "python3.1" / "site-packages" / "p.pth").write_text(f"{world.root}\n")
    assert environment_in(world.root, given) == given
    there = world.open(12)
    assert environment_in(there, given) == {**given, "PYTHONPATH": f"{there}:/mine"}
    assert environment_in(there, {}) == {"PYTHONPATH": str(there), "UV_NO_SYNC": "1"}


def project_of(world: World, tool: str) -> None:
    """As the tool leaves it: a lock file, and no environment in the folder."""
    lock, sign = ("poetry.lock", 'name = "pytest"\n') if tool == "poetry" else ("Pipfile.lock", '{"pytest": {}}\n')
    (world.root / lock).write_text(sign)
    (world.root / "pyproject.toml").write_text("")
    (world.root / "src").mkdir()
    (world.root / "src" / "part.py").write_text("")
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message=Locked")


def tool_in(folder: Path, name: str, answer: str) -> dict[str, str]:
    """An environment with a program of that name, which keeps where and how it was called."""
    folder.mkdir()
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "$PWD $*" >> {folder}/calls\necho a warning >&2\n{answer}\n')
    program.chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


@pytest.mark.parametrize(("tool", "question"), [("poetry", "env info --path"), ("pipenv", "--venv")])
def test_an_environment_outside_the_project_is_that_of_its_worktrees(
    world: World, tmp_path: Path, tool: str, question: str
) -> None:
    """These tools would make one for each folder, and nothing would be in it."""
    project_of(world, tool)
    outside = tmp_path / "outside"
    site = outside / "lib" / "python3.1" / "site-packages"
    site.mkdir(parents=True)
    (site / "part.pth").write_text(f"{world.root / 'src'}\n")
    given = tool_in(tmp_path / "bin", tool, f"echo '{outside}'")
    assert environment_in(world.root, given, main=world.root) == given
    for number in (12, 13):
        there = world.open(number)
        search = {"PYTHONPATH": str(there / "src")}
        assert environment_in(there, given, main=world.root) == {**given, "VIRTUAL_ENV": str(outside), **search}
    assert (tmp_path / "bin" / "calls").read_text() == f"{world.root} {question}\n"
    active = {**given, "VIRTUAL_ENV": "/mine"}
    assert environment_in(there, active, main=world.root) == active
    (world.root / ".venv").mkdir()
    assert environment_in(there, given, main=world.root) == given


@pytest.mark.parametrize("answer", ["exit 1", "echo /nowhere", "echo none", "exit 0"])
def test_an_environment_that_cannot_be_found_out_changes_nothing(world: World, tmp_path: Path, answer: str) -> None:
    project_of(world, "poetry")
    there = world.open(12)
    given = tool_in(tmp_path / "bin", "poetry", answer)
    assert environment_in(there, given, main=world.root) == given
    without = {"PATH": str(tmp_path)}
    assert environment_in(there, without, main=world.root) == without


def test_where_uv_has_to_install_pytest_it_makes_an_environment_of_the_worktrees(world: World) -> None:
    """Through a link it would install it, and the worktree's files, into the project's."""
    ignore(world, ".venv")
    (world.root / "uv.lock").write_text('name = "pytest"\n')
    packages = world.root / ".venv" / "lib" / "python3.1" / "site-packages"
    packages.mkdir(parents=True)
    there = world.open(12)
    assert not os.path.lexists(there / ".venv")
    assert environment_in(there, {}) == {}
    (packages / "pytest").mkdir()
    assert environment_in(world.open(12), {}) == {"UV_NO_SYNC": "1"}
