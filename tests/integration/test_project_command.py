"""`treadle project` with a daemon of its own."""

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.command_line import Treadle, treadle_command
from tests.integration.git_folders import git_environment, make_repository
from treadle.client.connection import Connection
from treadle.client.locations import Locations

SETTINGS = "name: Shop\ncomponents:\n  - name: Cart\n    paths: {code: src/cart.py, tests: tests/test_cart.py}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {"pyproject.toml": "", "uv.lock": 'name = "pytest"', ".treadle/project.yaml": SETTINGS}
    return make_repository(tmp_path / "shop", git_environment(tmp_path / "home"), files)


@pytest.fixture
def treadle(tmp_path: Path, root: Path) -> Iterator[Treadle]:
    with treadle_command(tmp_path / "data", root, git_environment(tmp_path / "home")) as command:
        yield command


def test_a_folder_is_shown_trusted_and_asked_about_again_when_it_changes(treadle: Treadle, root: Path) -> None:
    untrusted = treadle("project")
    assert (untrusted.returncode, untrusted.stderr) == (0, "")
    assert "the test command it found, unless the settings name another: uv run pytest" in untrusted.stdout
    assert "  .treadle/project.yaml\n" in untrusted.stdout
    assert "COMPONENT" not in untrusted.stdout

    trusted = treadle("project", "--trust")
    assert trusted.returncode == 0, trusted.stderr
    assert [line.split() for line in trusted.stdout.splitlines()] == [
        ["project", "Shop"],
        ["id", "1"],
        ["root", str(root)],
        ["remote", "none"],
        ["tests", "uv", "run", "pytest"],
        ["trusted", "yes,", "until", ".treadle/", "or", "the", "test", "command", "changes"],
        [],
        ["COMPONENT", "KIND", "DESIGN", "CODE", "TESTS"],
        ["Cart", "module", "src/cart.py", "tests/test_cart.py"],
    ]
    answer = json.loads(treadle("project", "--json").stdout)
    assert answer["trusted"] is True
    assert answer["facts"] == {
        "language": "python",
        "folders": {"code": "src", "tests": "tests", "design": "docs/design"},
        "test_command": ["uv", "run", "pytest"],
        "test_tool": "pytest",
    }

    (root / ".treadle" / "project.yaml").write_text(SETTINGS.replace("code:", "design: docs/cart.md, code:"))
    assert "The design of Cart is not there: docs/cart.md\n" in treadle("project", "--trust").stdout

    (root / ".treadle" / "project.yaml").write_text(SETTINGS.replace("cart", "basket"))
    assert json.loads(treadle("project", "--json").stdout)["trusted"] is False


def test_a_wrong_settings_file_is_one_sentence_with_its_line(treadle: Treadle, root: Path) -> None:
    (root / ".treadle" / "project.yaml").write_text("name: Shop\ncomponents: 3\n")
    refused = treadle("project", "--trust")
    assert (refused.returncode, refused.stdout) == (3, "")
    assert "line 2" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_all_projects_are_listed_and_one_is_deleted(treadle: Treadle, root: Path) -> None:
    assert treadle("project", "list").stdout.startswith("There are no projects")
    treadle("project", "--trust")
    (listed,) = json.loads(treadle("project", "list", "--json").stdout)
    assert (listed["id"], listed["name"], listed["root"]) == (1, "Shop", str(root))
    assert treadle("project", "list").stdout.split("\n")[1].split() == ["1", "Shop", str(root)]

    refused = treadle("project", "delete", "1")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "needs --yes" in refused.stderr
    answer = json.loads(treadle("project", "delete", "1", "--yes", "--json").stdout)
    assert (answer["project"]["id"], answer["sessionCount"]) == (1, 0)
    assert treadle("project", "delete", "1", "--yes").stderr == "treadle: There is no project 1.\n"
    assert json.loads(treadle("project", "list", "--json").stdout) == []

    again = json.loads(treadle("project", "--json").stdout)
    assert (again["trusted"], again["project"]["id"]) == (False, 2)
    said = treadle("project", "delete", "2", "--yes").stdout
    assert said == f"The project 2 (shop, {root}) is deleted.\n"


def read_all(terminal: int) -> str:
    """Whose other end is closed, which Linux calls an error."""
    text = bytearray()
    with suppress(OSError):
        while piece := os.read(terminal, 64 * 1024):
            text += piece
    return text.decode()


@pytest.mark.parametrize(("answer", "is_deleted"), [("y", True), ("n", False), ("", False)])
def test_a_person_is_asked_first(treadle: Treadle, root: Path, tmp_path: Path, answer: str, is_deleted: bool) -> None:
    treadle("project", "--trust")
    component = json.loads(treadle("project", "--json").stdout)["components"][0]
    with Connection.to_daemon(Locations.find(str(tmp_path / "data")), client_name="test") as connection:
        wanted = {"type": "component_test", "projectId": 1, "componentId": component["id"], "root": str(root)}
        connection.call("session/create", wanted)
    terminal, end = os.openpty()
    os.write(terminal, f"{answer}\n".encode())
    done = treadle("project", "delete", "1", stdin=end, stderr=end)
    os.close(end)
    asked = read_all(terminal)
    os.close(terminal)
    assert "Sessions of it that are active cannot go on with work on a component: 1." in asked
    assert f"Delete the project 1 (Shop, {root})? [y/N]" in asked
    assert done.returncode == (0 if is_deleted else 2)
    assert done.stdout == (f"The project 1 (Shop, {root}) is deleted. Its session stays.\n" if is_deleted else "")
    assert ("Nothing was deleted." in asked) is not is_deleted
    assert (json.loads(treadle("project", "list", "--json").stdout) == []) is is_deleted


@pytest.mark.parametrize(
    "words", [("delete",), ("delete", "x"), ("delete", "0"), ("show", "1"), ("list", "1"), ("remove", "1")]
)
def test_what_makes_no_sense_is_one_sentence(treadle: Treadle, words: tuple[str, ...]) -> None:
    refused = treadle("project", *words)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
