"""`treadle permissions` in a real project, with a daemon of its own."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import commit_all_in
from tests.command_line import Treadle, treadle_command

RULES = """\
allow:
  - pytest *
deny:
  - command: git push
    reason: Only people push.
  - path: .env
ask:
  - tool: mcp__*
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    (project / ".treadle").mkdir(parents=True)
    (project / ".treadle" / "permissions.yaml").write_text(RULES)
    commit_all_in(project)
    return project


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The user's file, which is not there yet."""
    (tmp_path / "config").mkdir()
    return tmp_path / "config" / "permissions.yaml"


@pytest.fixture
def treadle(data_dir: Path, project: Path, own: Path) -> Iterator[Treadle]:
    with treadle_command(data_dir, project, {**os.environ, "TREADLE_CONFIG_DIR": str(own.parent)}) as command:
        assert command("project", "--trust").returncode == 0
        yield command


def test_a_person_is_told_what_is_decided_and_by_which_rule(treadle: Treadle, own: Path) -> None:
    denied = treadle("permissions", "explain", "cd src && sudo git push --force")
    assert (denied.returncode, denied.stdout.splitlines()) == (
        1,
        [
            "Denied. Only people push.",
            "  the rule: deny command git push",
            "  it is in: .treadle/permissions.yaml, line 4",
            "  about:    git push --force",
        ],
    ), denied.stderr
    assert treadle("permissions", "explain", "pytest -q").returncode == 0
    nothing = treadle("permissions", "explain", "ls")
    assert nothing.returncode == 0
    assert nothing.stdout.startswith("No rule is about this, so the agent's own mode decides.")
    asked = treadle("permissions", "explain", "--tool", "mcp__github__x")
    assert asked.returncode == 9
    assert asked.stdout.startswith("Asked about. ")
    edit = treadle("permissions", "explain", "--tool", "Edit", "--path", ".env", "--json")
    assert edit.returncode == 1
    assert json.loads(edit.stdout)["rule"]["path"] == ".env"
    own.write_text("ask: [pytest]\n")
    assert treadle("permissions", "explain", "pytest -q").returncode == 9


def test_a_path_is_meant_from_the_folder_where_one_is(treadle: Treadle, project: Path, own: Path) -> None:
    (project / "deep").mkdir()
    own.write_text("deny: [{path: ./deep/x}]\n")
    assert treadle("permissions", "explain", "cat x").returncode == 0
    assert treadle("permissions", "explain", "cat x", folder=project / "deep").returncode == 1
    assert treadle("permissions", "explain", "cat x", "--project", "deep").returncode == 1


def test_the_rules_are_listed_with_their_files(treadle: Treadle, own: Path, tmp_path: Path) -> None:
    own.write_text("deny: [rm -rf /]\n")
    listed = treadle("permissions", "list").stdout.splitlines()
    assert listed[0].split() == ["EFFECT", "ABOUT", "FILE", "REASON"]
    assert listed[1].split() == ["allow", "command", "pytest", "*", ".treadle/permissions.yaml:2"]
    assert f"deny    command rm -rf /  {own}:1" in listed[-1]
    outside = treadle("permissions", "list", folder=tmp_path)
    assert outside.stdout.splitlines()[1:] == [outside.stdout.splitlines()[-1]]
    own.unlink()
    assert treadle("permissions", "list", folder=tmp_path).stdout == (
        f"There are no rules here. They belong in .treadle/permissions.yaml, or in {own}.\n"
    )
    assert len(json.loads(treadle("permissions", "list", "--json").stdout)["files"]) == 1


def test_files_are_checked_as_they_are_now(treadle: Treadle, project: Path, own: Path) -> None:
    checked = treadle("permissions", "check")
    assert (checked.returncode, checked.stdout) == (0, ".treadle/permissions.yaml: 4 rules\n")
    (project / ".treadle" / "permissions.yaml").write_text("deny:\n  - {comand: ls}\n")
    own.write_text("deny: [ls]\n")
    checked = treadle("permissions", "check")
    assert checked.returncode == 1
    assert checked.stdout.splitlines() == [
        ".treadle/permissions.yaml:2: error: deny.0.comand: there is no such key",
        f"{own}: 1 rule",
    ]


def test_rules_of_a_folder_that_is_not_trusted_any_more_are_those_that_were(treadle: Treadle, project: Path) -> None:
    (project / ".treadle" / "permissions.yaml").write_text("allow: ['git *']\n")
    explained = treadle("permissions", "explain", "git push")
    assert explained.returncode == 1
    assert explained.stderr.startswith("treadle: The project's own rules count once its folder is trusted: ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "the following arguments are required: action (treadle permissions --help explains it)."),
        (["explain"], "permissions explain needs a COMMAND, or --tool and --path."),
        (["explain", "git", "push"], "Put the command in quotes, as one word."),
        (["explain", "ls", "--path", "x"], "A tool gets a COMMAND or a --path, not both."),
        (["explain", "--path", "x"], "--path needs the --tool, such as Read or Edit."),
        (["list", "ls"], "permissions list takes nothing to explain."),
    ],
)
def test_wrong_usage_is_told_in_one_sentence(treadle: Treadle, words: list[str], told: str) -> None:
    refused = treadle("permissions", *words)
    assert (refused.returncode, refused.stderr) == (2, f"treadle: {told}\n")
