"""Where the daemon of a user lives: the data folder and what is in it."""

import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from treadle.client.errors import ClientError, ExitCode

MAX_SOCKET_PATH_BYTES = 100
"""Of a socket address the systems allow 104 (macOS) to 108 bytes, with its end."""

LOCK_NAME = "daemon.lock"


class Locations(NamedTuple):
    data_dir: Path

    @classmethod
    def find(cls, option: str | os.PathLike[str] | None = None, environ: Mapping[str, str] = os.environ) -> "Locations":
        """`option` (`--data-dir`), else `TREADLE_DATA_DIR`, else the system's place for a user's data."""
        chosen = os.fspath(option) if option else environ.get("TREADLE_DATA_DIR")
        folder = os.path.expanduser(chosen) if chosen else _default_data_dir(environ)  # noqa: PTH111 - raises nothing
        return cls(Path(os.path.realpath(folder)))

    @property
    def socket(self) -> Path:
        """In the data folder, or, where that path is too long for a socket address, in a short folder of its own."""
        path = self.data_dir / "daemon.sock"
        if len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES:
            return path
        import hashlib  # brings OpenSSL, for few

        key = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        # Not under XDG_RUNTIME_DIR: two processes of one user with different environments must find the same place.
        return Path("/tmp") / f"treadle-{os.getuid()}-{key}" / "daemon.sock"  # noqa: S108

    @property
    def lock(self) -> Path:
        return self.data_dir / LOCK_NAME

    @property
    def starting(self) -> Path:
        """Locked by the client that starts the daemon."""
        return self.data_dir / "daemon.starting"

    @property
    def log(self) -> Path:
        return self.data_dir / "daemon.log"

    @property
    def old_log(self) -> Path:
        return self.data_dir / "daemon.log.1"

    @property
    def runs(self) -> Path:
        """One small file for each interaction that a runner is executing."""
        return self.data_dir / "runs"

    @property
    def worktrees(self) -> Path:
        """Of sessions that run side by side."""
        return self.data_dir / "worktrees"

    def prepare(self) -> None:
        """Make the data folder and the socket's folder, for this user alone.

        :raises ClientError: one cannot be made, written, or is not private
        """
        make_private(self.data_dir)
        if self.socket.parent != self.data_dir:
            make_private(self.socket.parent)

    def tidy(self) -> None:
        """Take the socket's own folder away, if it has one. Call it only while the daemon's lock is held."""
        if self.socket.parent != self.data_dir:
            with suppress(OSError):
                self.socket.parent.rmdir()


def user_permissions(environ: Mapping[str, str] = os.environ) -> Path:
    """The file of the user's own rules for agents: in `TREADLE_CONFIG_DIR`, else in the place for a user's settings."""
    chosen, xdg = environ.get("TREADLE_CONFIG_DIR"), environ.get("XDG_CONFIG_HOME", "")
    base = xdg if os.path.isabs(xdg) else "~/.config"  # noqa: PTH117
    folder = os.path.expanduser(chosen or os.path.join(base, "treadle"))  # noqa: PTH111, PTH118 - raises nothing
    return Path(os.path.abspath(folder), "permissions.yaml")  # noqa: PTH100


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    home = Path(environ.get("HOME") or Path.home())
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "treadle"
    xdg = environ.get("XDG_DATA_HOME", "")
    base = Path(xdg) if Path(xdg).is_absolute() else home / ".local" / "share"
    return base / "treadle"


def make_private(folder: Path) -> None:
    """Make a folder with mode 0700; an empty one, or one that is already ours, is tightened.

    :raises ClientError: a folder of somebody else, or one that is open to others and holds other things
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat() if folder.parent == Path("/tmp") else folder.stat()  # noqa: S108
    except OSError as error:
        raise ClientError(f"The folder {folder} cannot be made: {error.strerror}.", ExitCode.DAEMON) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ClientError(f"{folder} is not a folder of this user.", ExitCode.DAEMON)
    if stat.S_IMODE(found.st_mode) & 0o077:
        _tighten(folder)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ClientError(f"The folder {folder} is not writable.", ExitCode.DAEMON)


def _tighten(folder: Path) -> None:
    names = {entry.name for entry in folder.iterdir()}
    if names and LOCK_NAME not in names:
        raise ClientError(f"The folder {folder} is open to other users and not empty; run: chmod 700 {folder}")
    folder.chmod(0o700)


def require_private(folder: Path) -> None:
    """For a folder at a place where anybody may make one before us.

    :raises ClientError: it is a stranger's, a link, or open to others
    :raises OSError: it is not there
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise ClientError(f"{folder} is not a private folder of this user; nothing in it is trusted.", ExitCode.DAEMON)


def require_own(path: Path) -> None:
    """:raises ClientError: somebody else listens there
    :raises OSError: nothing is there
    """
    if path.lstat().st_uid != os.getuid():
        raise ClientError(f"The socket {path} is not of this user.", ExitCode.DAEMON)
