"""docs/permissions.md says what is: its examples are valid, and what it says of patterns holds."""

import re
from pathlib import Path

import pytest

from tests.unit.permissions.rule_sets import decision, rule_set
from treadle.permissions.rules import Owner
from treadle.permissions.wrappers import WRAPPERS
from treadle.service.permission_files import parse

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
EXAMPLES = [
    block
    for name in ("docs/permissions.md", "README.md")
    for block in re.findall(r"```yaml\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    if "deny:" in block
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_valid(example: str) -> None:
    found = parse(example, Owner.PROJECT, "permissions.yaml")
    assert found.problem is None
    assert found.rules


def test_there_are_examples_in_both_places() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize(
    ("pattern", "command", "denied", "allowed"),
    [
        ("git push", "git push", True, True),
        ("git push", "git push --force", True, False),
        ("git push *", "git push", True, True),
        ("git push *", "git push --force", True, True),
        ("docker * prune", "docker prune", True, True),
        ("docker * prune", "docker system prune", True, True),
        ("docker * prune", "docker system prune -f", True, False),
        ("make test-*", "make test-unit", True, True),
        ("make test-*", "make test", False, False),
        ("npm test", "CI=1 npm test", True, False),
        ("CI=1 npm test", "CI=1 npm test", True, True),
        ("apt-get update", "sudo apt-get update", True, False),
        ("sudo apt-get update", "sudo apt-get update", True, True),
    ],
)
def test_a_pattern_holds_as_the_page_says(pattern: str, command: str, denied: bool, allowed: bool) -> None:
    assert (decision(command, rule_set(deny=[pattern])) == "deny") is denied
    assert (decision(command, rule_set(allow=[pattern])) == "allow") is allowed


def test_the_programs_that_the_page_sees_through_are_those_that_are() -> None:
    said = ("env", "xargs", "sudo", "doas", "timeout", "nohup", "nice", "time", "command", "exec")
    assert set(said) <= WRAPPERS.keys()
    assert all(f"`{name}`" in PAGE for name in said)
