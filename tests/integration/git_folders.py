"""Real git repositories in a test's own folder, with a person's settings that are not this machine's."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

IDENTITY = "[user]\n\tname = Ada\n\temail = ada@example.org\n"


def git_environment(home: Path, *, identity: bool = True) -> dict[str, str]:
    """An environment in which git sees only `home`."""
    home.mkdir(exist_ok=True)
    settings = home / "gitconfig"
    settings.write_text(
        "[init]\n\tdefaultBranch = main\n" + (IDENTITY if identity else "[user]\n\tuseConfigOnly = true\n")
    )
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "TREADLE_"))}
    return {**kept, "HOME": str(home), "GIT_CONFIG_GLOBAL": str(settings), "GIT_CONFIG_NOSYSTEM": "1"}


def git(folder: Path, environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout.strip()


def make_repository(folder: Path, environment: Mapping[str, str], files: Mapping[str, str]) -> Path:
    """A repository with one commit of these files; without files it stays empty."""
    folder.mkdir()
    git(folder, environment, "init", "--quiet")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    if files:
        git(folder, environment, "add", "--all")
        git(folder, environment, "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-qm", "First")
    return folder
