"""Asks git about a folder, by argv lists. Treadle reads no file below `.git` itself."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from treadle.client.errors import ClientError, ExitCode

LOOK_SECONDS = 60
INHERITED = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR")
"""Variables that git gives to its hooks; with them git would look at another repository than the folder's."""
SUBMODULE = "160000 "
"""The mode of an entry that is another repository's commit."""
LOOKING = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
LOOKING_ENVIRONMENT = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}
"""A repository's own settings may name programs. To look at it starts none of them: a partial clone fetches nothing."""


class NotAGitRepositoryError(ClientError):
    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.PROJECT_STATE)


class GitFailedError(ClientError):
    """Git refused; the message is its own."""

    def __init__(self, message: str) -> None:
        super().__init__(message, ExitCode.SESSION_FAILED)


@dataclass(frozen=True, slots=True)
class GitRepository:
    root: Path

    @classmethod
    def around(cls, directory: Path) -> "GitRepository":
        """The repository whose working tree the folder is in.

        :raises NotAGitRepositoryError: there is none, or git does not trust its owner
        """
        if not directory.is_dir():
            raise ClientError(f"There is no folder {directory}.", ExitCode.USAGE)
        done = look_with_git(directory, "rev-parse", "--show-toplevel", environment={"LC_ALL": "C"})
        root = os.fsdecode(done.stdout.removesuffix(b"\n"))
        if done.returncode == 0 and root:
            return cls(Path(root))
        reason = git_message(done)
        folder = directory.absolute()
        if "not a git repository" in reason:
            raise NotAGitRepositoryError(f"{folder} is in no git repository: run git init there first.")
        if "must be run in a work tree" in reason:
            raise NotAGitRepositoryError(f"{folder} is in no working tree of its git repository.")
        raise NotAGitRepositoryError(f"Git does not open {folder}: {reason}")

    def read(self, *arguments: str) -> str | None:
        """What git prints; None when it ends with another exit code than 0.

        No hook, monitor or transport that the repository names is run; a status may run its filters.
        """
        done = look_with_git(self.root, *arguments)
        return as_text(done.stdout) if done.returncode == 0 else None

    def change(
        self,
        *arguments: str,
        options: Sequence[str] = (),
        stdin: bytes | None = None,
        undisturbed: bool = False,
    ) -> None:
        """With the repository's hooks and filters.

        `options`: git's own, that stand before its command.
        `undisturbed`: a Ctrl-C that is meant for Treadle does not break it off half-way.
        :raises GitFailedError: with git's own words
        """
        done = _run_git(self.root, *options, *arguments, stdin=stdin, seconds=None, own_session=undisturbed)
        if done.returncode != 0:
            raise GitFailedError(f"git {arguments[0]} failed: {git_message(done)}")

    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        head = self.read("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return head.strip() if head else None

    def branch(self) -> str | None:
        """None while HEAD is detached."""
        branch = self.read("symbolic-ref", "--quiet", "--short", "HEAD")
        return branch.removesuffix("\n") if branch else None

    def contains(self, commit: str) -> bool:
        """Whether the commit is part of what is checked out."""
        return self.read("merge-base", "--is-ancestor", commit, "HEAD") is not None

    def common_folder(self) -> Path:
        """What all worktrees of the repository share: settings, branches, objects.

        :raises GitFailedError:
        """
        folder = look_with_git(self.root, "rev-parse", "--git-common-dir")
        if folder.returncode != 0:
            raise GitFailedError(f"Git does not open {self.root}: {git_message(folder)}")
        return self.root / os.fsdecode(folder.stdout.removesuffix(b"\n"))

    def submodules(self) -> tuple[str, ...]:
        """Their folders, whether there is anything in them or not."""
        staged = self.read("ls-files", "--stage", "-z") or ""
        return tuple(entry.partition("\t")[2] for entry in staged.split("\0") if entry.startswith(SUBMODULE))

    def dirty_paths(self) -> tuple[str, ...]:
        """Changed, staged and untracked files, without the ignored ones; a submodule counts as one.

        Also where the person's settings keep git from showing untracked files: they are work like any other.
        """
        status = self.read("status", "--porcelain=v1", "--untracked-files=normal", "--no-renames", "-z")
        if status is None:
            raise GitFailedError(f"Git cannot read the state of {self.root}.")
        return tuple(entry[3:] for entry in status.split("\0") if entry)


def look_with_git(
    directory: Path, *arguments: str, stdin: bytes | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """:raises ClientError: git is not installed, or did not answer"""
    looking = {**LOOKING_ENVIRONMENT, "PATH": _absolute_path(), **(environment or {})}
    words = (*LOOKING, *arguments)
    # A Ctrl-C that is meant for Treadle would end git too, and no answer would be taken for a no.
    return _run_git(directory, *words, stdin=stdin, environment=looking, seconds=LOOK_SECONDS, own_session=True)


def _run_git(
    directory: Path,
    *arguments: str,
    stdin: bytes | None = None,
    environment: Mapping[str, str] | None = None,
    seconds: float | None,
    own_session: bool = False,
) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=directory,
            env={**git_environment(), **(environment or {})},
            input=stdin if stdin is not None else b"",
            capture_output=True,
            timeout=seconds,
            check=False,
            start_new_session=own_session,
        )
    except FileNotFoundError as error:
        raise ClientError("Git is needed, and there is none on the PATH.", ExitCode.PROJECT_STATE) from error
    except subprocess.TimeoutExpired as error:
        raise GitFailedError(f"Git did not answer within {LOOK_SECONDS} seconds in {directory}.") from error


def _absolute_path() -> str:
    """Without the entries that are looked up from the folder itself, where a repository may have a `git` of its own."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if os.path.isabs(entry))  # noqa: PTH117


def git_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in INHERITED}
    return {**kept, "GIT_TERMINAL_PROMPT": "0"}


def as_text(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")


def git_message(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first line that says what went wrong, without git's prefix."""
    lines = [line.strip() for line in as_text(done.stderr).splitlines() if line.strip()]
    for prefix in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(prefix):
                return line.removeprefix(prefix)
    return lines[0] if lines else f"it ended with exit code {done.returncode}."


def listed(paths: Sequence[str], limit: int = 3) -> str:
    """A few names for a sentence; what cannot be printed is shown as a question mark."""
    names = ["".join(each if each.isprintable() else "?" for each in path) for path in paths[:limit]]
    rest = len(paths) - len(names)
    return ", ".join(names) + (f" and {rest} more" if rest else "")
