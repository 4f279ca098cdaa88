"""The branch of a session: made from where the person is, found again by the session's uid."""

from dataclasses import dataclass

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitFailedError, GitRepository, listed
from treadle.client.working_copy import changing_settings

PREFIX = "treadle/"
SESSION_KEY = "treadle-session"
BASE_KEY = "treadle-base"
MAX_SUFFIX = 1_000


@dataclass(frozen=True, slots=True)
class SessionBranch:
    name: str
    base: str | None
    """The branch, or while HEAD was detached the commit, that it was made from."""


def require_clean(repository: GitRepository) -> None:
    """:raises ClientError: there is work that the session's commit would take with it"""
    paths = repository.dirty_paths()
    if paths and set(paths) <= set(repository.submodules()):
        raise ClientError(
            f"{repository.root} has submodules with changes that are not committed ({listed(paths)}): "
            "commit them there and here, or take them back (git submodule update), and try again.",
            ExitCode.PROJECT_STATE,
        )
    if paths:
        raise ClientError(
            f"{repository.root} has changes that are not committed ({listed(paths)}): "
            "commit them, or put them away with git stash --include-untracked, and try again.",
            ExitCode.PROJECT_STATE,
        )


def require_commit(repository: GitRepository) -> str:
    """The commit that is checked out.

    :raises ClientError: the repository is still empty
    """
    head = repository.head()
    if head is None:
        raise ClientError(
            f"{repository.root} has no commit yet: make a first one, so that there is something to branch from.",
            ExitCode.PROJECT_STATE,
        )
    return head


def switch_to_session_branch(repository: GitRepository, *, wanted: str, session_uid: str) -> SessionBranch:
    """Be on the session's branch afterwards; a tree with changes is left alone, unless it is on that branch already.

    :raises ClientError:
    """
    head = require_commit(repository)
    current = repository.branch()
    existing = branch_of_session(repository, session_uid)
    if existing is not None and existing.name == current:
        return existing
    require_clean(repository)
    if existing is not None:
        repository.change("switch", "--no-guess", existing.name)
        return existing
    with changing_settings(repository):
        return _created(repository, _free_name(repository, wanted), current or head, session_uid)


def branch_of_session(repository: GitRepository, session_uid: str) -> SessionBranch | None:
    """The branch that a session made here, under whatever name it has now."""
    # The uid stands in the branch's own section of git's configuration: git moves and deletes it with the branch.
    listing = repository.read("config", "--local", "-z", "--get-regexp", rf"^branch\..*\.{SESSION_KEY}$") or ""
    for entry in listing.split("\0"):
        key, _, uid = entry.partition("\n")
        name = key.removeprefix("branch.").removesuffix(f".{SESSION_KEY}")
        if uid == session_uid and is_branch(repository, name):
            base = repository.read("config", "--local", "--get", f"branch.{name}.{BASE_KEY}")
            return SessionBranch(name, base.removesuffix("\n") if base else None)
    return None


def _created(repository: GitRepository, name: str, base: str, session_uid: str) -> SessionBranch:
    # Noted before it is made: a branch without its note would be taken for a stranger's.
    repository.change("config", "--local", f"branch.{name}.{SESSION_KEY}", session_uid)
    repository.change("config", "--local", f"branch.{name}.{BASE_KEY}", base)
    try:
        repository.change("switch", "--no-track", "--create", name)
    except GitFailedError:
        if not is_branch(repository, name):
            repository.read("config", "--local", "--remove-section", f"branch.{name}")
        raise
    return SessionBranch(name, base)


def _free_name(repository: GitRepository, wanted: str) -> str:
    parent = PREFIX.removesuffix("/")
    if is_branch(repository, parent):
        raise ClientError(
            f"A branch named {parent} keeps git from making {wanted}: rename it, with git branch -m {parent} NEW-NAME.",
            ExitCode.SESSION_FAILED,
        )
    for number in range(1, MAX_SUFFIX):
        name = wanted if number == 1 else f"{wanted}-{number}"
        if not repository.read("for-each-ref", "--count=1", "--format=%(refname)", f"refs/heads/{name}"):
            return name
    raise ClientError(f"There are too many branches named {wanted}.", ExitCode.SESSION_FAILED)


def is_branch(repository: GitRepository, name: str) -> bool:
    return repository.read("show-ref", "--verify", "--quiet", f"refs/heads/{name}") is not None
