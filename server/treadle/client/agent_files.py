"""Files of a repository by which Claude Code starts programs of its own accord: hooks, key helpers, servers.

Run without a terminal it asks nobody about them, so they belong to what a person is asked about a folder.
"""

import hashlib
import os
import stat
from pathlib import Path

from treadle.client.git_repository import GitRepository

FACT = "agent_files"
OF_THE_PROJECT = (".claude/settings.json", ".mcp.json")
OF_THE_PERSON = ".claude/settings.local.json"
"""Claude Code writes what a person has allowed into it and lets git ignore it: only one that comes with the repository
is somebody else's."""
MAX_BYTES = 1024 * 1024


def found_agent_files(repository: GitRepository) -> dict[str, object]:
    """SHA-256 by path, under `agent_files`; nothing when there are none."""
    paths = [*OF_THE_PROJECT, *([OF_THE_PERSON] if repository.read("ls-files", "--", OF_THE_PERSON) else [])]
    found = {path: digest for path in paths if (digest := _digest(repository.root / path)) is not None}
    return {FACT: found} if found else {}


def _digest(path: Path) -> str | None:
    """Of what a link leads to as well, as Claude Code follows it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return "unreadable"
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return "no file"
        content = file.read(MAX_BYTES + 1)
    return "too large" if len(content) > MAX_BYTES else hashlib.sha256(content).hexdigest()
