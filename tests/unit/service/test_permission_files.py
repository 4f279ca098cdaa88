"""Reading `permissions.yaml`: what it may say, and where it is wrong."""

import os
from pathlib import Path

import pytest

from treadle.permissions.rules import Effect, Owner, Rule, RuleSet
from treadle.service.permission_files import UserFile, parse, project_rules
from treadle.service.project_texts import PERMISSIONS, kept

ALL = """\
# what agents may do
allow:
  - pytest *
  - {tool: Read, path: docs/**}
ask:
  - command: git push
    reason: Ask Ada first.
deny:

  - tool: "mcp__*"
  - path: .env
"""


def read(text: str) -> RuleSet:
    return parse(text, Owner.PROJECT, "permissions.yaml")


def test_rules_are_read_with_their_lines() -> None:
    def rule(effect: Effect, line: int, **named: str) -> Rule:
        return Rule(effect=effect, owner=Owner.PROJECT, file="permissions.yaml", line=line, **named)

    assert read(ALL) == RuleSet(
        owner=Owner.PROJECT,
        file="permissions.yaml",
        rules=(
            rule(Effect.ALLOW, 3, command="pytest *"),
            rule(Effect.ALLOW, 4, tool="Read", path="docs/**"),
            rule(Effect.DENY, 10, tool="mcp__*"),
            rule(Effect.DENY, 11, path=".env"),
            rule(Effect.ASK, 6, command="git push", reason="Ask Ada first."),
        ),
    )


@pytest.mark.parametrize("text", ["", "# nothing\n", "allow:\n", "allow: []\ndeny:\nask: []\n"])
def test_a_file_may_have_no_rules(text: str) -> None:
    assert read(text) == RuleSet(owner=Owner.PROJECT, file="permissions.yaml")


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("alow: [ls]", 1, "alow: there is no such key"),
        ("deny: [ls]\ndeny: [rm]", 2, "deny"),
        ("[]", 1, "it must be a mapping of names to values"),
        ("deny: ls", 1, "deny: it must be a list of rules"),
        ("deny:\n  - ls\n  - 7", 3, "deny.1: it must be a mapping of names to values"),
        ("deny:\n  - {comand: ls}", 2, "deny.0.comand: there is no such key"),
        ("deny:\n  - {command: 7}", 2, "deny.0.command: it must be a text"),
        ("deny:\n  - {}", 2, "deny.0: a rule names a tool, a command or a path"),
        ("deny:\n  - reason: because", 2, "deny.0: a rule names a tool, a command or a path"),
        ("deny:\n  - {command: ls, path: x}", 2, "deny.0: a rule names a command or a path, not both"),
        ("deny:\n  - ''", 2, "deny.0.command: it must not be blank"),
        ('deny:\n  - "a\\nb"', 2, "deny.0.command: it must be one line of text"),
        ("deny:\n  - Bash(rm:*)", 2, "deny.0.command: Claude Code writes rules like this"),
        ("deny:\n  - {path: '!x'}", 2, "deny.0.path: a path cannot be taken out by !"),
        ("deny:\n  - " + "a " * 60, 2, "deny.0.command: it has more than 50 words"),
        ("deny: [", 1, ""),
        ("deny: &x [ls]", 1, ""),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, line: int, problem: str) -> None:
    found = read(text)
    assert found.rules == ()
    assert found.problem is not None
    assert problem in found.problem
    assert found.line == line


def test_what_is_kept_of_a_projects_file_that_is_no_text_says_why() -> None:
    found = project_rules(kept(PERMISSIONS, b"deny:\n  - \xff"))
    assert found is not None
    assert (found.problem, found.line, found.rules) == ("it is not UTF-8 in line 2", 2, ())
    large = project_rules(kept(PERMISSIONS, b"#" * 300_000))
    assert large is not None
    assert large.problem == "it is larger than 262144 bytes"
    assert project_rules(None) is None


def test_the_users_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "treadle" / "permissions.yaml"
    file = UserFile(path)
    assert file.read() is None
    path.parent.mkdir()
    path.write_text("deny: [ls]")
    first = file.read()
    assert first is not None
    assert [rule.command for rule in first.rules] == ["ls"]
    assert file.read() is first
    path.write_text("deny: [ls, rm]")
    second = file.read()
    assert second is not None
    assert [rule.command for rule in second.rules] == ["ls", "rm"]
    path.unlink()
    assert file.read() is None


def test_a_users_file_that_cannot_be_read_does_not_count_for_none(tmp_path: Path) -> None:
    folder = tmp_path / "permissions.yaml"
    folder.mkdir()
    found = UserFile(folder).read()
    assert found is not None
    assert found.problem == "it is no ordinary file"
    looping = tmp_path / "loop"
    looping.symlink_to(looping)
    found = UserFile(looping).read()
    assert found is not None
    assert (found.problem or "").startswith("it cannot be read: ")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = UserFile(pipe).read()
    assert found is not None
    assert found.problem == "it is no ordinary file"
