"""Worktrees of sessions that run side by side: each has files of its own, all share one repository.

Submodules are not brought along: git leaves their folders empty in a new worktree.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitFailedError, GitRepository, git_message, look_with_git
from treadle.client.linked_folders import link_ignored_folders, unlink_folders
from treadle.client.locations import make_private
from treadle.client.session_branch import branch_of_session, is_branch
from treadle.client.working_copy import changing_settings

BRANCHES = "refs/heads/"
UNFINISHED = "initializing"
"""Git's own word in the lock of a worktree that it is still making; it stays there if git is killed meanwhile."""


@dataclass(frozen=True, slots=True)
class Worktree:
    path: Path
    branch: str | None
    """None while its HEAD is detached."""
    locked: str | None = None
    """Why; an empty text when nobody said why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlace:
    """What tells where a session works."""

    session_id: int
    session_uid: str
    branch: str | None
    """The branch that its first step told of; None while that has not ended."""
    folder: Path
    """Where Treadle keeps the worktrees that it makes."""

    @property
    def path(self) -> Path:
        return self.folder / f"{self.session_id}-{self.session_uid[:8]}"


def worktrees(repository: GitRepository) -> list[Worktree]:
    """All of the repository, with its main folder; also those whose folder is gone.

    :raises GitFailedError:
    """
    done = look_with_git(repository.root, "worktree", "list", "--porcelain")
    if done.returncode != 0:
        raise GitFailedError(f"Git cannot list the worktrees of {repository.root}: {git_message(done)}")
    return list(_read(os.fsdecode(done.stdout)))


def branch_there_is(repository: GitRepository, place: SessionPlace) -> str | None:
    """The session's branch: by its note, also under a new name, else by the name that the session knows."""
    if (noted := branch_of_session(repository, place.session_uid)) is not None:
        return noted.name
    return place.branch if place.branch is not None and is_branch(repository, place.branch) else None


def found_worktree(repository: GitRepository, place: SessionPlace) -> Path | None:
    """Where the session works, in another folder than the repository's here: on its branch, or soon on it."""
    branch = branch_there_is(repository, place)
    other = [each for each in worktrees(repository) if not _is(each.path, repository.root) and each.path.is_dir()]
    on_branch = next((each.path for each in other if branch is not None and each.branch == branch), None)
    own = next((each.path for each in other if _is(each.path, place.path) and each.locked != UNFINISHED), None)
    found = on_branch or own
    if found is not None:
        _mend(repository, found)
    return found


def open_worktree(repository: GitRepository, place: SessionPlace, *, base: str) -> Path:
    """The folder that a session has to itself: the one where its branch is checked out, else one that is made now.

    A new one begins at the commit `base`, with no branch: the session's first step makes that. What the project's
    tests need and git does not bring is linked into it.
    :raises ClientError: its branch is gone, or checked out elsewhere, or git refuses
    """
    branch = branch_there_is(repository, place)
    if branch is None and place.branch is not None:
        raise ClientError(
            f"The branch {place.branch} of session {place.session_id} is not there any more: bring it back with "
            f"git branch {place.branch} COMMIT, or cancel the session.",
            ExitCode.PROJECT_STATE,
        )
    found = found_worktree(repository, place)
    if found is None:
        found = _made(repository, place, branch, base)
    if branch is not None and (current := GitRepository(found).branch()) != branch:
        raise ClientError(
            f"Session {place.session_id} works on the branch {branch}, and in {found} "
            f"{current or 'no branch'} is checked out: switch with git switch {branch} there.",
            ExitCode.PROJECT_STATE,
        )
    if _is(found, place.path):
        link_ignored_folders(repository, found)
    return found


def close_worktree(repository: GitRepository, place: SessionPlace) -> str | None:
    """Remove the worktree that was made for a session, and its branch; why they stay, if they do.

    What is in it must be part of what is checked out in `repository`. Files that git ignores go with it.
    """
    branch = branch_there_is(repository, place)
    own = next((each for each in worktrees(repository) if _is(each.path, place.path)), None)
    if own is not None:
        if own.path.is_dir():
            _mend(repository, own.path)
        if own.path.is_dir() and (reason := _still_needed(repository, own)):
            return f"The worktree {own.path} stays: {reason}."
        unlink_folders(repository, own.path)
        try:
            _remove_worktree(repository, own)
        except GitFailedError as error:
            return f"The worktree {own.path} stays: {error.message}"
    if branch is None:
        return None
    try:
        with changing_settings(repository):
            repository.change("branch", "--delete", branch, undisturbed=True)
    except GitFailedError as error:
        return f"The branch {branch} stays: {error.message}"
    return None


def _made(repository: GitRepository, place: SessionPlace, branch: str | None, base: str) -> Path:
    _forget_unfinished(repository, place)
    make_private(place.folder)
    begin = ["--detach", str(place.path), base] if branch is None else [str(place.path), branch]
    repository.change("worktree", "add", *begin, undisturbed=True)
    return place.path


def _mend(repository: GitRepository, path: Path) -> None:
    """A worktree names the folder of its repository; when that was moved, git must put it right.

    :raises GitFailedError: it cannot
    """
    if GitRepository(path).read("rev-parse", "--git-dir") is None:
        repository.change("worktree", "repair", str(path), undisturbed=True)


def _forget_unfinished(repository: GitRepository, place: SessionPlace) -> None:
    """One whose folder was removed by hand, or that git was killed over; nobody has worked in it."""
    own = next((each for each in worktrees(repository) if _is(each.path, place.path)), None)
    if own is None:
        return
    if own.locked == UNFINISHED:
        repository.change("worktree", "unlock", str(own.path))
        _remove_folder(own.path)
    _remove_worktree(repository, own)


def _remove_worktree(repository: GitRepository, own: Worktree) -> None:
    """Git refuses one with untracked files, unless the person's settings keep it from looking for them."""
    looking = ("-c", "status.showUntrackedFiles=normal")
    repository.change("worktree", "remove", str(own.path), options=looking, undisturbed=True)


def _remove_folder(path: Path) -> None:
    import shutil  # brings the compressors of archives

    shutil.rmtree(path, ignore_errors=True)


def _still_needed(repository: GitRepository, own: Worktree) -> str | None:
    there = GitRepository(own.path)
    if there.dirty_paths():
        return "it has changes that are not committed"
    if any(_holds_something(own.path / folder) for folder in there.submodules()):
        return "there are files in its submodules"  # of one that is not initialised git would remove them unasked
    if (head := there.head()) is None or not repository.contains(head):
        return "it has commits that are not merged"
    return None


def _holds_something(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _is(path: Path, other: Path) -> bool:
    return os.path.realpath(path) == os.path.realpath(other)


def _read(listing: str) -> Iterator[Worktree]:
    for entry in listing.split("\n\n"):
        told: dict[str, str] = {}
        for line in entry.split("\n"):
            key, _, value = line.partition(" ")
            told[key] = value
        if "worktree" in told:
            branch = told.get("branch")
            yield Worktree(
                Path(told["worktree"]), branch.removeprefix(BRANCHES) if branch else None, told.get("locked")
            )
