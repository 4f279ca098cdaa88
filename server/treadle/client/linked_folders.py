"""What a project's tests need and git does not bring into a worktree: its installed dependencies, as links."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from treadle.client.errors import ClientError, ExitCode
from treadle.client.found_node import NodePackage
from treadle.client.found_python import can_run_pytest
from treadle.client.found_tests import found_facts
from treadle.client.git_repository import GitRepository
from treadle.client.outside_environments import VARIABLE, environment_outside
from treadle.client.working_copy import changing_settings

FOLDERS = (".venv", "venv", "node_modules")
PYTHON_FOLDERS = (".venv", "venv")
UV_FOLDER = ".venv"
SITE_PACKAGES = "lib/python*/site-packages"
EXCLUDE = Path("info", "exclude")
MAPPED = re.compile(r"'(/[^'\n]+)'")
"""Where setuptools keeps the places of packages that are installed editable, if one path does not say it."""


def require_no_workspace(root: Path) -> None:
    """
    :raises ClientError: links in `node_modules` would lead from a worktree to the packages of the project's own folder
    """
    package = NodePackage.at(root)
    if package is None or not package.is_workspace or found_facts(root).get("language") != package.language:
        return
    raise ClientError(
        f"{root} is a workspace of several packages, which find each other through node_modules: in a worktree "
        "the tests would judge those of the project's folder. Begin a session with --environment vscode, which works "
        "in your checkout, one part after another.",
        ExitCode.PROJECT_STATE,
    )


def link_ignored_folders(repository: GitRepository, worktree: Path) -> None:
    """Link those that are in the repository's folder and ignored there; no link may ever be committed.

    :raises ClientError: one cannot be made
    """
    for name in FOLDERS:
        source, link = repository.root / name, worktree / name
        if _is_lost(link) and _is_ignored(GitRepository(worktree), name):
            link.unlink()  # it was made before the repository was moved
        if not source.is_dir() or os.path.lexists(link) or not _is_ignored(repository, name):
            continue
        if name == UV_FOLDER and (repository.root / "uv.lock").is_file() and not can_run_pytest(source):
            continue  # uv would install pytest into it, and lead it here; without it, it makes one for the worktree
        try:
            link.symlink_to(source, target_is_directory=True)
            _keep_out_of_commits(GitRepository(worktree), name, link)
        except OSError as error:
            message = f"{link} cannot be linked to {source}: {error.strerror or error}."
            raise ClientError(message, ExitCode.PROJECT_STATE) from error


def _is_lost(link: Path) -> bool:
    """Whether it is like those that are made here, and leads nowhere."""
    return link.is_symlink() and not link.exists() and (to := link.readlink()).is_absolute() and to.name == link.name


def unlink_folders(repository: GitRepository, worktree: Path) -> None:
    """Take away the links that were made, and nothing else."""
    for name in FOLDERS:
        link = worktree / name
        if link.is_symlink() and link.readlink() == repository.root / name:
            link.unlink()


def environment_in(root: Path, environ: Mapping[str, str], *, main: Path | None = None) -> dict[str, str]:
    """The environment for commands in a folder; in a worktree with another folder's Python its own files come first.

    An editable install in there leads to the other folder's: tests would judge code that the session does not write.
    For the same reason uv must not install anew: it would lead the other folder's environment here.
    `main`: the project's trusted folder, if that is another one.
    """
    is_worktree = (root / ".git").is_file()
    links = [link for name in PYTHON_FOLDERS if (link := root / name).is_symlink() and link.readlink().is_absolute()]
    environments = [(link, link.readlink().parent) for link in links if is_worktree]
    chosen = {"UV_NO_SYNC": "1"} if any(can_run_pytest(link) for link, _ in environments) else {}
    if main is not None and main != root and (outside := environment_outside(main, environ)) is not None:
        environments.append((outside, main))
        chosen[VARIABLE] = str(outside)
    own = (root / place for environment, origin in environments for place in _editable_places(environment, origin))
    places = dict.fromkeys(str(place) for place in own if place.is_dir())
    before = [environ["PYTHONPATH"]] if environ.get("PYTHONPATH") else []
    search = {"PYTHONPATH": os.pathsep.join([*places, *before])} if places else {}
    return {**chosen, **environ, **search}


def _editable_places(environment: Path, origin: Path) -> Iterator[Path]:
    """The folders of the project, relative to it, from which its own packages are imported."""
    whole = Path(os.path.realpath(origin))
    for site in sorted(environment.glob(SITE_PACKAGES)):
        named = [Path(line) for file in sorted(site.glob("*.pth")) for line in _lines(file) if line.startswith("/")]
        for finder in sorted(site.glob("__editable__*_finder.py")):
            named += [Path(place).parent for line in _lines(finder) for place in MAPPED.findall(line)]
        for place in named:
            real = Path(os.path.realpath(place))
            if real.is_relative_to(whole) and not real.is_relative_to(os.path.realpath(environment)):
                yield real.relative_to(whole)


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


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
