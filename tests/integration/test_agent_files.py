"""What Claude Code starts because of a repository's files belongs to the trust in its folder."""

import os
from pathlib import Path

import pytest

from tests.agent_fixtures import commit_all_in
from treadle.client.project import look, trust_question


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "README.md").write_text("Read me.\n")
    commit_all_in(tmp_path)
    return tmp_path


def written(root: Path, name: str, text: str = "{}") -> None:
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(text)


@pytest.mark.requirement("trust.covers-all-code")
@pytest.mark.parametrize("name", [".claude/settings.json", ".mcp.json"])
def test_each_change_is_another_content(root: Path, name: str) -> None:
    before = look(root)
    assert "agent_files" not in before.facts
    written(root, name)
    made = look(root)
    assert f"  what Claude Code starts because of {name}\n" in trust_question(made)
    written(root, name, '{"hooks": {}}')
    assert len({str(each.facts) for each in (before, made, look(root))}) == 3


def test_a_persons_own_settings_count_only_when_they_come_with_the_repository(root: Path) -> None:
    written(root, ".claude/settings.local.json")
    assert "agent_files" not in look(root).facts
    commit_all_in(root, "Somebody's settings")
    assert list(look(root).facts["agent_files"]) == [".claude/settings.local.json"]  # type: ignore[call-overload]


def test_what_is_no_file_is_looked_at_without_waiting(root: Path) -> None:
    os.mkfifo(root / ".mcp.json")
    assert look(root).facts["agent_files"] == {".mcp.json": "no file"}
    (root / ".mcp.json").unlink()
    (root / ".mcp.json").symlink_to(root / "README.md")
    linked = look(root).facts["agent_files"]
    (root / "README.md").write_text("Something else.\n")
    assert look(root).facts["agent_files"] != linked
