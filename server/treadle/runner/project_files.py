"""The files of a project that count: those that git knows or would add; without git, all but the usual litter."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path

from treadle.client.errors import ClientError
from treadle.client.git_repository import look_with_git

Stamp = tuple[int, int, int, int]
"""What changes with a file: time, size, inode, mode."""
MAX_FILES = 200_000
MAX_PATHS = 200
"""Of one question to git; about more it is asked for everything."""
GIT = ".git"
LITTER = frozenset(
    {GIT, ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__", ".pytest_cache", ".mypy_cache"}
    | {".ruff_cache", ".tox", ".cache", ".idea", ".gradle", "target", "dist", "build", ".DS_Store"}
)
"""Left out where no git says what is ignored."""


class ProjectFiles:
    """Git is asked anew each time, so what it ignores is its own answer, from all of its sources.

    Repositories inside, submodules too, are not looked into: they are another project's files.
    """

    def __init__(self, root: Path, *, left_out: Path | None = None) -> None:
        """`left_out`: a folder that is nobody's work, if it lies inside."""
        self.root = root.resolve()
        self._left_out = self.relative(str(left_out.resolve())) if left_out else None
        self._is_git = self._knows_git()

    def stamps(self, paths: Sequence[str] = ()) -> dict[str, Stamp]:
        """Of the files at and below the paths, or of more; without paths, of all.

        :raises ClientError: git does not answer, or they are too many to look at again and again
        """
        listed = list(islice((path for path in self._listed(paths) if self._counts(path)), MAX_FILES + 1))
        if len(listed) > MAX_FILES:
            raise ClientError(f"There are more than {MAX_FILES} files in {self.root}.")
        found = {path: self.stamp(path) for path in listed}
        return {path: stamp for path, stamp in found.items() if stamp is not None}

    def stamp(self, path: str) -> Stamp | None:
        """None when there is no such file; a link is a file, a folder is none."""
        try:
            found = os.lstat(self.root / path)
        except (OSError, ValueError):
            return None
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISLNK(found.st_mode):
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode

    def is_older(self, path: str, than_ns: int) -> bool:
        """Whether it has been where it is for longer; false when it is gone."""
        with suppress(OSError):
            return os.lstat(self.root / path).st_ctime_ns < than_ns
        return False

    def is_folder(self, path: str) -> bool:
        with suppress(OSError):
            return stat.S_ISDIR(os.lstat(self.root / path).st_mode)
        return False

    def folders(self) -> Iterator[str]:
        """Relative, the root as "."; without those that are ignored or cannot be read, and all below them.

        A folder in which everything is ignored counts as ignored.
        """
        ignored = self.ignored()
        waiting = ["."]
        while waiting:
            folder = waiting.pop()
            names = self._folders_in(folder)
            if names is None or (GIT in names and folder != "."):
                continue
            yield folder
            below = (name if folder == "." else f"{folder}/{name}" for name in names if name != GIT)
            waiting += [path for path in below if path not in ignored and self._counts(path)]

    def relative(self, path: str) -> str | None:
        """None when it lies outside, or is the root itself."""
        prefix = f"{self.root}/"
        return path.removeprefix(prefix) if path.startswith(prefix) else None

    def counts(self, path: str) -> bool:
        """Neither below `.git` nor left out; git may still ignore it."""
        return self._counts(path) and GIT not in path.split("/")

    def ignored(self) -> frozenset[str]:
        """A folder in which everything is ignored stands for what is in it."""
        if not self._is_git:
            return frozenset()
        found = self._git_names("--others", "--ignored", "--directory") or []
        return frozenset(path.removesuffix("/") for path in found)

    def _counts(self, path: str) -> bool:
        out = self._left_out
        return out is None or not (path == out or path.startswith(f"{out}/"))

    def _listed(self, paths: Sequence[str]) -> Iterator[str] | list[str]:
        if not self._is_git:
            return self._walked()
        found = self._git_names("--cached", "--others", paths=paths if len(paths) <= MAX_PATHS else ())
        if found is None and paths:  # one of them may lie in another repository, or behind a link
            found = self._git_names("--cached", "--others")
        if found is None:
            raise ClientError(f"Git does not list the files in {self.root}.")
        return found

    def _knows_git(self) -> bool:
        try:
            return look_with_git(self.root, "rev-parse", "--is-inside-work-tree").stdout == b"true\n"
        except ClientError:
            return False

    def _git_names(self, *options: str, paths: Sequence[str] = ()) -> list[str] | None:
        words = ("--literal-pathspecs", "ls-files", *options, "--exclude-standard", "-z", "--", *paths)
        try:
            done = look_with_git(self.root, *words)
        except ClientError:
            return None
        return [os.fsdecode(name) for name in done.stdout.split(b"\0") if name] if done.returncode == 0 else None

    def _folders_in(self, folder: str) -> list[str] | None:
        """Their names, and `.git` whatever it is; None when the folder cannot be read."""
        with suppress(OSError), os.scandir(self.root / folder) as entries:
            return [each.name for each in entries if self._is_entered(each) or each.name == GIT]
        return None

    def _is_entered(self, entry: "os.DirEntry[str]") -> bool:
        return entry.is_dir(follow_symlinks=False) and (self._is_git or entry.name not in LITTER)

    def _walked(self) -> Iterator[str]:
        for folder in self.folders():
            with suppress(OSError), os.scandir(self.root / folder) as entries:
                names = [each.name for each in entries if not each.is_dir(follow_symlinks=False)]
                yield from (name if folder == "." else f"{folder}/{name}" for name in names if name not in LITTER)


def is_below(path: str, folders: frozenset[str]) -> bool:
    place = path.find("/")
    while place >= 0:
        if path[:place] in folders:
            return True
        place = path.find("/", place + 1)
    return False
