"""What a project's tests need and git does not bring into a worktree: its installed dependencies, as links."""

import os
from pathlib import Path

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitRepository
from treadle.client.working_copy import changing_settings

FOLDERS = (".venv", "venv", "node_modules")
EXCLUDE = Path("info", "exclude")


def link_ignored_folders(repository: GitRepository, worktree: Path) -> None:
    """Link those that are in the repository's folder and ignored there; no link may ever be committed.

    :raises ClientError: one cannot be made
    """
    for name in FOLDERS:
        source, link = repository.root / name, worktree / name
        if not source.is_dir() or os.path.lexists(link) or not _is_ignored(repository, name):
            continue
        try:
            link.symlink_to(source, target_is_directory=True)
            _keep_out_of_commits(GitRepository(worktree), name, link)
        except OSError as error:
            message = f"{link} cannot be linked to {source}: {error.strerror or error}."
            raise ClientError(message, ExitCode.PROJECT_STATE) from error


def unlink_folders(repository: GitRepository, worktree: Path) -> None:
    """Take away the links that were made, and nothing else."""
    for name in FOLDERS:
        link = worktree / name
        if link.is_symlink() and link.readlink() == repository.root / name:
            link.unlink()


def _keep_out_of_commits(repository: GitRepository, name: str, link: Path) -> None:
    """A pattern like `.venv/` matches folders only, so the link gets a line in the repository's own exclusions."""
    if _is_ignored(repository, name):
        return
    with changing_settings(repository):
        file = repository.common_folder() / EXCLUDE
        lines = file.read_bytes().splitlines() if file.exists() else []
        line = f"/{name}".encode()
        if line not in lines:
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(b"".join(each + b"\n" for each in [*lines, line]))
    if not _is_ignored(repository, name):  # the project's own settings bring it back
        link.unlink()


def _is_ignored(repository: GitRepository, name: str) -> bool:
    return repository.read("check-ignore", "--quiet", "--", name) is not None
