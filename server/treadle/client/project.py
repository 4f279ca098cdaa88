"""What a client finds by looking at a project, and how it asks the daemon to open it.

The daemon runs no command and reads nothing but `.treadle/`: what must be found in a project is found here.
"""

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

from treadle.agents.lenient import an_object
from treadle.client.agent_files import FACT as AGENT_FILES
from treadle.client.agent_files import found_agent_files
from treadle.client.errors import ClientError, ExitCode
from treadle.client.found_tests import found_facts
from treadle.client.git_repository import GitRepository

TREADLE_FOLDER = ".treadle"
SETTINGS_FILE = f"{TREADLE_FOLDER}/project.yaml"
TRUST_TRIES = 3
MAX_SHOWN = 20
MAX_SETTINGS_SHOWN = 8 * 1024
SCP_LIKE = re.compile(r"[^:/@]+@[^:/@]+:[^@]*")
LOCAL = ("/", "./", "../", "file:///")


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundProject:
    root: Path
    name: str
    first_commit: str | None
    """None before the first commit, and in a shallow clone, which does not have it."""
    remote: str | None
    """Without a user name or a password in it."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What was found of `test_command` (argv), `test_tool`, `interpreter`, `scripts`, `language`, `folders` and
    `agent_files`."""

    @property
    def test_command(self) -> tuple[str, ...] | None:
        words = self.facts.get("test_command")
        return tuple(words) if isinstance(words, list) else None

    @property
    def repository(self) -> GitRepository:
        return GitRepository(self.root)


class Caller(Protocol):
    def call(self, method: str, params: Mapping[str, object] | None = None) -> dict[str, object]: ...


class UntrustedError(ClientError):
    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.UNTRUSTED)


def look(directory: Path) -> FoundProject:
    """The project around a folder.

    :raises NotAGitRepositoryError:
    """
    repository = GitRepository.around(directory)
    return FoundProject(
        root=repository.root,
        name=repository.root.name or "project",
        first_commit=_first_commit(repository),
        remote=_remote(repository),
        facts={**found_facts(repository.root), **found_agent_files(repository)},
    )


def open_project(
    connection: Caller, directory: Path, *, trust: bool, ask: Callable[[str], bool] | None
) -> dict[str, object]:
    """The daemon's answer for a project that is trusted.

    `ask` puts a question to a person; None where there is nobody to ask.
    :raises UntrustedError: it is not trusted, and stays so
    """
    found = look(directory)
    answer = call_open(connection, found)
    if answer["trusted"] is True:
        return answer
    if trust:
        return trust_as_it_is(connection, found, answer)
    if ask is None:
        raise UntrustedError(
            f"{found.root} is not trusted, and code that comes with it would be run: "
            "look at it, then give --trust, or answer the question on a terminal."
        )
    if not ask(trust_question(found)):
        raise UntrustedError(f"{found.root} was not trusted; nothing of it was run.")
    return call_trust(connection, found, answer)


def call_trust(connection: Caller, found: FoundProject, opened: Mapping[str, object]) -> dict[str, object]:
    """Trust the content that an earlier answer names.

    :raises UntrustedError: it is another by now
    """
    answer = call_open(connection, found, trusted_hash=str(opened["contentHash"]))
    if answer["trusted"] is not True:
        raise UntrustedError(f"What {found.root} would run has changed meanwhile: look at it again.")
    return answer


def trust_as_it_is(connection: Caller, found: FoundProject, opened: Mapping[str, object]) -> dict[str, object]:
    """Trust whatever the folder holds: a file that somebody saves just now makes no difference.

    :raises UntrustedError: it never stays the same
    """
    for _ in range(TRUST_TRIES - 1):
        opened = call_open(connection, found, trusted_hash=str(opened["contentHash"]))
        if opened["trusted"] is True:
            return dict(opened)
    return call_trust(connection, found, opened)


def call_open(connection: Caller, found: FoundProject, *, trusted_hash: str | None = None) -> dict[str, object]:
    """The daemon's answer, trusted or not."""
    return connection.call(
        "project/open",
        {
            "root": str(found.root),
            "name": found.name,
            "firstCommit": found.first_commit,
            "remote": found.remote,
            "facts": dict(found.facts),
            "trustedHash": trusted_hash,
        },
    )


def trust_question(found: FoundProject) -> str:
    """What would be trusted, for a person to decide."""
    lines = [f"Treadle would run code that comes with {_shown(str(found.root))}:"]
    command = found.test_command
    lines += (
        [f"  the test command it found, unless the settings name another: {_shown(shlex.join(command))}"]
        if command
        else []
    )
    scripts = an_object(found.facts.get("scripts"))
    lines += [f"    {name}: {_shown(str(script))}" for name, script in scripts.items()]
    files = treadle_files(found.root)
    for name in files[:MAX_SHOWN]:
        lines += [f"  {_shown(name)}", *(_settings_lines(found.root) if name == SETTINGS_FILE else [])]
    lines += [f"  … and {len(files) - MAX_SHOWN} more files in {TREADLE_FOLDER}/"] if len(files) > MAX_SHOWN else []
    agent_files = an_object(found.facts.get(AGENT_FILES))
    lines += [f"  what Claude Code starts because of {' and '.join(agent_files)}"] if agent_files else []
    lines += ["  the project's tests, with whatever they do"]
    return "\n".join([*lines, "Do you trust this folder with its present content?"])


def _settings_lines(root: Path) -> list[str]:
    """What the settings say, since they may name another test command; not their comments."""
    try:
        with os.fdopen(os.open(root / SETTINGS_FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            text = file.read(MAX_SETTINGS_SHOWN).decode("utf-8", "replace")
    except OSError:
        return []
    told = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    more = ["    …"] if len(told) > MAX_SHOWN or len(text) >= MAX_SETTINGS_SHOWN else []
    return [f"    {_shown(line)}" for line in told[:MAX_SHOWN]] + more


def treadle_files(root: Path) -> list[str]:
    """Links are named, not followed."""
    found = []
    for folder, _, names in os.walk(root / TREADLE_FOLDER):
        found += [(Path(folder) / name).relative_to(root).as_posix() for name in names]
    return sorted(found)


def _first_commit(repository: GitRepository) -> str | None:
    if (repository.read("rev-parse", "--is-shallow-repository") or "").strip() == "true":
        return None
    roots = (repository.read("rev-list", "--max-parents=0", "HEAD") or "").split()
    return roots[-1] if roots else None


def _remote(repository: GitRepository) -> str | None:
    names = sorted((repository.read("remote") or "").split(), key=lambda name: (name != "origin", name))
    url = repository.read("config", "--get", f"remote.{names[0]}.url") if names else None
    return without_credentials(url.strip()) or None if url else None


def without_credentials(url: str) -> str | None:
    """None for what is no clear URL: a password may stand anywhere in it."""
    if "@" not in url or SCP_LIKE.fullmatch(url) or url.startswith(LOCAL):
        return url.partition("?")[0] if "://" in url else url
    try:
        parts = urlsplit(url)
        has_port = parts.port is not None
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    # With a slash in a password its first part looks like a port, and the rest like a path.
    if not host or "\\" in url or (has_port and "@" in parts.path and "@" not in parts.netloc):
        return None
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
