"""Virtual environments that Poetry and Pipenv keep outside a project, by the path of its folder.

In another folder, a worktree perhaps, they would make a new one, with nothing in it.
"""

import os
import subprocess
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from treadle.client.found_tests import found_facts

LOOK_SECONDS = 30
QUESTIONS = {"poetry": ("env", "info", "--path"), "pipenv": ("--venv",)}
VARIABLE = "VIRTUAL_ENV"
"""Both take the environment that it names for the project's."""

_one_at_a_time = threading.Lock()


def environment_outside(root: Path, environ: Mapping[str, str]) -> Path | None:
    """The environment in which the project's test command runs in its own folder, if one of these tools chooses it.

    `root`: a trusted folder; the tool may run what is in it. It is asked once in this process.
    """
    command = found_facts(root).get("test_command")
    tool = command[0] if isinstance(command, list) else None
    if tool not in QUESTIONS or (root / ".venv").is_dir():
        return None
    if named := environ.get(VARIABLE):
        return Path(named)
    with _one_at_a_time:
        return _told(root, tool, tuple(sorted(environ.items())))


@cache
def _told(root: Path, tool: str, environ: tuple[tuple[str, str], ...]) -> Path | None:
    try:
        done = subprocess.run(
            [tool, *QUESTIONS[tool]],
            cwd=root,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LOOK_SECONDS,
            check=False,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = os.fsdecode(done.stdout).strip().split("\n")
    place = Path(lines[-1].strip())
    return place if done.returncode == 0 and place.is_absolute() and place.is_dir() else None
