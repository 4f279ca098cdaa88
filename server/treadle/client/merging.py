"""Merges the branch of a session into what is checked out, or leaves everything as it was; and the other way round."""

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
    _merge(repository, branch, "--no-ff", "--no-edit", "-m", message, f"refs/heads/{branch}")


def catch_up(repository: GitRepository, commit: str, *, branch: str) -> bool:
    """Bring what was merged meanwhile into the worktree of a session that goes on; whether it is all there now.

    Changes that are not committed are left as they are: with them the branch is moved on if git finds that it touches
    none of them, and not merged.
    `branch`: where the commit is from.
    :raises MergeConflictError:
    :raises ClientError: git or a hook refused
    """
    if repository.contains(commit):
        return True
    if _is_merging(repository):
        return False
    if repository.dirty_paths():
        try:
            repository.change("merge", "--ff-only", "--no-autostash", commit, undisturbed=True)
        except GitFailedError:
            return False
        return True
    message = f"Merge {branch} into {repository.branch() or 'HEAD'}"
    _merge(repository, branch, "--no-edit", "-m", message, commit)
    return True


def _merge(repository: GitRepository, branch: str, *words: str) -> None:
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
