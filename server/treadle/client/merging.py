"""Merges the branch of a session into what is checked out, or leaves everything as it was."""

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitFailedError, GitRepository, listed
from treadle.client.session_branch import require_clean
from treadle.client.session_commit import identity


class MergeConflictError(ClientError):
    """Both sides changed the same; the merge was taken back."""

    def __init__(self, message: str, files: tuple[str, ...]) -> None:
        super().__init__(message, ExitCode.PROJECT_STATE)
        self.files = files


def merge_branch(repository: GitRepository, branch: str, *, message: str) -> None:
    """A merge commit in any case, so that the history tells which session the work is from.

    :raises MergeConflictError:
    :raises ClientError: the tree has changes, another merge is under way, or git or a hook refused
    """
    if _is_merging(repository):
        raise ClientError(
            f"In {repository.root} a merge is under way: finish it with git commit, or take it back with "
            "git merge --abort.",
            ExitCode.PROJECT_STATE,
        )
    require_clean(repository)
    words = ("--no-ff", "--no-edit", "-m", message, f"refs/heads/{branch}")
    try:
        repository.change("merge", *words, options=identity(repository), undisturbed=True)
    except GitFailedError as error:
        files = _conflicts(repository)
        _take_back(repository)
        into = repository.branch() or "HEAD"
        if files:
            raise MergeConflictError(
                f"Merging {branch} into {into} conflicts in {listed(files)}: run git merge {branch} in "
                f"{repository.root}, resolve the conflicts and commit.",
                files,
            ) from error
        raise ClientError(f"{branch} was not merged into {into}: {error.message}", ExitCode.PROJECT_STATE) from error


def _take_back(repository: GitRepository) -> None:
    """:raises GitFailedError: the tree is changed, and git does not put it right"""
    if not _is_merging(repository):
        return
    try:
        repository.change("merge", "--abort", undisturbed=True)
    except GitFailedError:
        if repository.dirty_paths():
            raise
        # Another git held the index before anything was merged: finished later, it would be a merge of nothing.
        repository.change("merge", "--quit", undisturbed=True)


def _is_merging(repository: GitRepository) -> bool:
    return repository.read("rev-parse", "--verify", "--quiet", "MERGE_HEAD") is not None


def _conflicts(repository: GitRepository) -> tuple[str, ...]:
    names = repository.read("diff", "--name-only", "--diff-filter=U", "-z") or ""
    return tuple(dict.fromkeys(name for name in names.split("\0") if name))
