"""What a session does beyond the person's computer, if the project asks: push its branch, open a pull request."""

import shutil
import subprocess

from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitFailedError, GitRepository, git_environment
from treadle.client.session_branch import BASE_KEY

HOST_SECONDS = 120


def push(repository: GitRepository, branch: str) -> str:
    """Push the branch to where its base is pushed to, else to origin, else to the only remote; answers its name.

    :raises ClientError: there is no remote, or git or the other side refuses
    """
    remote = _remote(repository, branch)
    try:
        repository.change("push", "--quiet", "--set-upstream", remote, f"refs/heads/{branch}", undisturbed=True)
    except GitFailedError as error:
        raise ClientError(f"{branch} was not pushed to {remote}: {error.message}", ExitCode.SESSION_FAILED) from error
    return remote


def pull_request(repository: GitRepository, branch: str) -> str:
    """The address of the branch's pull request, which is opened unless there is one, with GitHub's own command line.

    :raises ClientError: `gh` is not there, or it refuses
    """
    if shutil.which("gh") is None:
        raise ClientError(
            "A pull request needs GitHub's command line gh on the PATH; the branch is pushed.", ExitCode.SESSION_FAILED
        )
    there = _gh(repository, "pr", "view", branch, "--json", "url", "--jq", ".url")
    if there.returncode == 0 and there.stdout.strip():
        return there.stdout.strip()
    base = _base(repository, branch)
    made = _gh(repository, "pr", "create", "--fill", "--head", branch, *(["--base", base] if base else []))
    address = made.stdout.strip().splitlines()[-1:] if made.returncode == 0 else []
    if not address:
        said = (made.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise ClientError(f"The pull request was not opened: {said}", ExitCode.SESSION_FAILED)
    return address[0]


def _remote(repository: GitRepository, branch: str) -> str:
    base = _base(repository, branch)
    named = repository.read("config", "--get", f"branch.{base}.remote") if base else None
    remotes = (repository.read("remote") or "").split()
    candidates = [(named or "").strip(), "origin", *(remotes if len(remotes) == 1 else [])]
    for candidate in candidates:
        if candidate in remotes:
            return candidate
    raise ClientError(
        f"{branch} cannot be pushed: {repository.root} has no remote named origin.", ExitCode.SESSION_FAILED
    )


def _base(repository: GitRepository, branch: str) -> str | None:
    """The branch that it was made from; None when that was a commit, or is not there any more."""
    noted = (repository.read("config", "--local", "--get", f"branch.{branch}.{BASE_KEY}") or "").removesuffix("\n")
    is_there = noted and repository.read("show-ref", "--verify", "--quiet", f"refs/heads/{noted}") is not None
    return noted if is_there else None


def _gh(repository: GitRepository, *words: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["gh", *words],
            cwd=repository.root,
            env={**git_environment(), "GH_PROMPT_DISABLED": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=HOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ClientError(f"gh did not answer within {HOST_SECONDS} s.", ExitCode.SESSION_FAILED) from error
