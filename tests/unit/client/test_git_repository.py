"""How git is asked."""

import os
import sys
from pathlib import Path

import pytest

from treadle.client.git_repository import GitRepository


def test_a_ctrl_c_does_not_reach_git_when_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The terminal sends it to the whole process group; a question that is broken off would be answered with no."""
    git = tmp_path / "git"
    git.write_text(f"#!{sys.executable}\nimport os\nprint(os.getsid(0), os.getpgid(0), os.getpid())\n")
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    answer = GitRepository(tmp_path).read("status")
    assert answer is not None
    session, group, process = (int(word) for word in answer.split())
    assert session == group == process
