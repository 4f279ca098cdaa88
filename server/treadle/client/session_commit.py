"""How a session ends in git: a commit on its branch, or the changed files staged in the person's checkout."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitFailedError, GitRepository, as_text, git_environment, look_with_git

OWN_IDENTITY = ("-c", "user.name=Treadle", "-c", "user.email=treadle@localhost")


@dataclass(frozen=True, slots=True)
class Commit:
    sha: str | None
    """None when there was nothing to commit."""
    branch: str | None
    files: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    """Submodules with changes inside: those are commits of other repositories."""


@dataclass(frozen=True, slots=True)
class Staged:
    files: tuple[str, ...]
    skipped: tuple[str, ...]
    """Ignored by the project, inside a submodule, or neither there nor known to git."""


def commit_all(repository: GitRepository, *, message: str, branch: str | None) -> Commit:
    """Commit everything that git does not ignore. A hook's output goes to the terminal as it comes.

    :raises ClientError: another branch is checked out, or git or a hook refused
    """
    current = repository.branch()
    if branch is not None and current != branch:
        raise ClientError(
            f"{current or 'No branch'} is checked out instead of the session's branch {branch}: "
            f"switch back with git switch {branch}, and try again.",
            ExitCode.SESSION_FAILED,
        )
    if repository.dirty_paths():
        repository.change("add", "--all")
    if repository.read("diff", "--cached", "--quiet", "--no-ext-diff") is not None:  # nothing is staged
        made = _is_made(repository, message)
        return _checked_out(repository, current) if made else Commit(None, current, left=_left(repository))
    done = subprocess.run(
        ["git", *identity(repository), "commit", "--message", message],
        cwd=repository.root,
        env=git_environment(),
        stdin=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode != 0:
        raise ClientError(
            f"The commit was refused (exit code {done.returncode}), by a hook or for want of a key perhaps; "
            "what was said stands above.",
            ExitCode.SESSION_FAILED,
        )
    return _checked_out(repository, current)


def stage_paths(repository: GitRepository, paths: Sequence[str], *, directory: Path) -> Staged:
    """Stage these files, the deleted ones too, and nothing else. `directory`: what relative paths begin from.

    :raises ClientError: a path is outside the repository
    """
    inside = list(dict.fromkeys(_inside(repository, path, directory) for path in paths))
    known = _nul_list(repository, "--literal-pathspecs", "ls-files", "-z", "--", *inside) if inside else ()
    submodules = repository.submodules()
    there = [
        path
        for path in inside
        if (os.path.lexists(repository.root / path) or _covers(path, known))
        and not any(path.startswith(f"{submodule}/") for submodule in submodules)
    ]
    ignored = _ignored(repository, there)
    staged = [path for path in there if path not in ignored]
    if staged:
        listing = b"\0".join(os.fsencode(path) for path in staged)
        options = ("--all", "--pathspec-from-file=-", "--pathspec-file-nul")
        repository.change("--literal-pathspecs", "add", *options, stdin=listing)
    return Staged(tuple(staged), tuple(path for path in inside if path not in staged))


def _is_made(repository: GitRepository, message: str) -> bool:
    """By a run that was killed before it could tell. The last line names the session; a hook may have added others."""
    made = repository.read("log", "-1", "--format=%B") or ""
    return message.rpartition("\n")[2] in made.splitlines()


def _checked_out(repository: GitRepository, branch: str | None) -> Commit:
    names = repository.read("diff-tree", "-r", "-z", "--root", "--no-commit-id", "--name-only", "HEAD") or ""
    return Commit(repository.head(), branch, tuple(name for name in names.split("\0") if name), _left(repository))


def _left(repository: GitRepository) -> tuple[str, ...]:
    submodules = frozenset(repository.submodules())
    return tuple(path for path in repository.dirty_paths() if path in submodules) if submodules else ()


def identity(repository: GitRepository) -> tuple[str, ...]:
    """Options for git: none when it knows who the person is, else that Treadle signs."""
    return () if _has_identity(repository) else OWN_IDENTITY


def _has_identity(repository: GitRepository) -> bool:
    if os.environ.get("GIT_AUTHOR_EMAIL") and os.environ.get("GIT_COMMITTER_EMAIL"):
        return True
    return all((repository.read("config", "--get", f"user.{key}") or "").strip() for key in ("name", "email"))


def _inside(repository: GitRepository, path: str, directory: Path) -> str:
    joined = Path(os.path.normpath(directory / path))
    whole = Path(os.path.realpath(joined.parent)) / joined.name
    root = Path(os.path.realpath(repository.root))
    if whole == root or not whole.is_relative_to(root) or whole.relative_to(root).parts[0] == ".git":
        raise ClientError(f"{path} is no file of the repository {repository.root}.", ExitCode.SESSION_FAILED)
    return whole.relative_to(root).as_posix()


def _covers(path: str, known: Sequence[str]) -> bool:
    return any(each == path or each.startswith(f"{path}/") for each in known)


def _nul_list(repository: GitRepository, *arguments: str) -> tuple[str, ...]:
    done = look_with_git(repository.root, *arguments)
    if done.returncode != 0:
        raise GitFailedError(f"Git cannot list the files of {repository.root}: {as_text(done.stderr).strip()}")
    return tuple(os.fsdecode(name) for name in done.stdout.split(b"\0") if name)


def _ignored(repository: GitRepository, paths: Sequence[str]) -> frozenset[str]:
    """Of these paths those that the project ignores; exit code 1 means none."""
    listing = b"\0".join(os.fsencode(path) for path in paths)
    done = look_with_git(repository.root, "check-ignore", "-z", "--stdin", stdin=listing)
    if done.returncode not in (0, 1):
        raise GitFailedError(f"Git cannot tell which files are ignored: {as_text(done.stderr).strip()}")
    return frozenset(os.fsdecode(name) for name in done.stdout.split(b"\0") if name)
