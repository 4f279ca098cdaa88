"""A repository on a session's branch, and sessions that work in worktrees of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.git_folders import git, git_environment, make_repository
from treadle.client.git_repository import GitRepository
from treadle.client.session_branch import switch_to_session_branch
from treadle.client.session_commit import commit_all
from treadle.client.worktrees import SessionPlace, open_worktree

PARENT = "treadle/5-parent"
FILES = {"a.py": "a = 1\n", "b.py": "b = 1\n", ".gitignore": "*.log\n"}


@dataclass
class World:
    root: Path
    folder: Path
    environment: Mapping[str, str]

    @property
    def repository(self) -> GitRepository:
        return GitRepository(self.root)

    def git(self, *words: str, there: Path | None = None) -> str:
        return git(there or self.root, self.environment, *words)

    def place(self, number: int, *, branch: str | None = None) -> SessionPlace:
        return SessionPlace(session_id=number, session_uid=uid(number), branch=branch, folder=self.folder)

    def open(self, number: int, *, branch: str | None = None) -> Path:
        return open_worktree(self.repository, self.place(number, branch=branch), base=self.git("rev-parse", "HEAD"))

    def branch(self, number: int, there: Path) -> str:
        """As the session's first step makes it."""
        wanted = f"treadle/{number}-child"
        return switch_to_session_branch(GitRepository(there), wanted=wanted, session_uid=uid(number)).name

    def commit(self, there: Path, **files: str) -> str:
        """As the session's last step makes it."""
        for name, text in files.items():
            (there / f"{name}.py").write_text(text)
        commit = commit_all(GitRepository(there), message="Child", branch=None)
        assert commit.sha is not None
        return commit.sha

    def session(self, number: int, **files: str) -> str:
        """A session that worked in its worktree and completed; its branch."""
        there = self.open(number)
        branch = self.branch(number, there)
        self.commit(there, **files)
        return branch

    def hook(self, name: str, text: str) -> None:
        hook = self.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\n{text}\n")
        hook.chmod(0o755)


def uid(number: int) -> str:
    return f"{number:08}-30c5-4b8c-9a53-6a46ae8b3f0e"


def make_world(folder: Path, monkeypatch: pytest.MonkeyPatch, *, identity: bool = True) -> World:
    """The folder's name has a space and letters beyond ASCII."""
    environment = git_environment(folder / "home", identity=identity)
    for name in ("HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"):
        monkeypatch.setenv(name, environment[name])
    root = make_repository(folder / "ein Projekt ä", environment, FILES)
    world = World(root, folder / "data ü" / "worktrees", environment)
    world.folder.parent.mkdir(mode=0o700)
    world.git("switch", "--quiet", "--create", PARENT)
    return world


def ignore(world: World, *lines: str) -> None:
    (world.root / ".gitignore").write_text("".join(f"{line}\n" for line in lines))
    world.git("commit", "--quiet", "--all", "--message=Ignore")
