"""Brings what completed children made onto the branch of the session that spawned them, in order."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitRepository
from treadle.client.merging import merge_branch
from treadle.client.worktrees import SessionPlace, branch_there_is, close_worktree
from treadle.runner.children import Child
from treadle.runner.progress import Progress
from treadle.runner.stop import Stop
from treadle.runner.workbench import StoppedError


def place_of(child: Child, worktrees: Path) -> SessionPlace:
    return SessionPlace(session_id=child.session_id, session_uid=child.uid, branch=child.branch, folder=worktrees)


def merged_children(
    repository: GitRepository,
    children: Sequence[Child],
    *,
    branch: str | None,
    worktrees: Path,
    stop: Stop,
    progress: Progress,
) -> tuple[list[Child], str | None]:
    """The children with what became of their work, and why it is not all merged.

    After the first that cannot be merged no other is: each may build on those before it.
    `branch`: what must be checked out; None for a session without a branch.
    :raises StoppedError: between two merges
    """
    merged: list[Child] = []
    problem: str | None = None
    for child in children:
        if not (child.is_complete and child.is_local):
            merged.append(child)
            continue
        if stop.is_requested:
            raise StoppedError
        if problem is not None:
            merged.append(replace(child, merged=_is_merged(repository, child, place_of(child, worktrees))))
            continue
        place = place_of(child, worktrees)
        try:
            require_branch(repository, branch)
            merged.append(_merged(repository, child, place, progress))
        except ClientError as error:
            problem = f"Session {child.label}: {error.message}"
            merged.append(replace(child, merged=False).with_problem(error.message, error.exit_code))
            continue
        if (kept := _closed(repository, place)) is not None:
            progress.noted(kept)
    return merged, problem


def _closed(repository: GitRepository, place: SessionPlace) -> str | None:
    """Why the worktree or the branch stays: no reason to call merged work a failure."""
    try:
        return close_worktree(repository, place)
    except ClientError as error:
        return error.message


def _merged(repository: GitRepository, child: Child, place: SessionPlace, progress: Progress) -> Child:
    """:raises ClientError: it cannot be"""
    done = _is_merged(repository, child, place)
    if done is not False:
        return replace(child, merged=done)
    branch = branch_there_is(repository, place)
    if branch is None:
        raise ClientError(
            f"Its branch {child.branch or ''} is gone, and its commit {child.commit} is not in what is checked out: "
            f"git merge {child.commit} merges it, git merge -s ours {child.commit} says that it is not needed.",
            ExitCode.PROJECT_STATE,
        )
    merge_branch(repository, branch, message=_message(child, branch))
    progress.noted(f"{branch} of session {child.label} was merged.")
    return replace(child, merged=True, branch=branch)


def _is_merged(repository: GitRepository, child: Child, place: SessionPlace) -> bool | None:
    """None when it has made neither a branch nor a commit."""
    branch = branch_there_is(repository, place)
    made = f"refs/heads/{branch}" if branch is not None else child.commit
    return None if made is None else repository.contains(made)


def require_branch(repository: GitRepository, wanted: str | None) -> None:
    """
    :raises ClientError: a person has switched to another one than the session's
    """
    current = repository.branch()
    if wanted is not None and current != wanted:
        raise ClientError(
            f"In {repository.root} {current or 'no branch'} is checked out instead of {wanted}, where the work of "
            f"its sessions is merged: switch back with git switch {wanted}.",
            ExitCode.PROJECT_STATE,
        )


def _message(child: Child, branch: str) -> str:
    name = child.title or child.type.replace("_", " ")
    return (
        f"Merge session {child.session_id}: {name}\n\n"
        f"The branch {branch} of Treadle session {child.session_id} ({child.type})\n\n"
        f"Treadle-Session: {child.uid}"
    )
