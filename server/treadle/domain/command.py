from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

CLAUDE = "claude"
SPAWN_SESSIONS = "spawn_sessions"
READ_FILE = "read_file"
NOOP = "noop"
ASK = "ask"
"""A person is asked `metadata.question`, and gives one of `metadata.answers`."""
SHELL_ARGV = "shell"
"""`command` of a shell command whose words are in `metadata.argv`; any other string goes to a POSIX shell."""

RESERVED = frozenset({SHELL_ARGV, CLAUDE, SPAWN_SESSIONS, READ_FILE, ASK, NOOP})
"""Every other command is a string for a POSIX shell."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """What a client must execute."""

    id: str
    module: str
    """The registry name of the step that made it."""
    command: str
    metadata: Mapping[str, object] = field(default_factory=dict)
    timestamp: datetime
    pipe: str | None = None
    """Read from old exports, otherwise unused."""
