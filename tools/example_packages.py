"""Installs the packages of the TypeScript example into the repository's cache folder, once, and prints where they are.

    python -m tools.example_packages

Copies of the example link to them. The versions and their hashes are in the example's lock file; where the packages
come from is what npm itself is configured for. Install scripts do not run.
"""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "slugs"
CACHE = ROOT / ".cache" / "example-packages"
PINNED = ("package.json", "package-lock.json")
INSTALL = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--progress=false")
INSTALL_LIMIT_S = 300
EXIT_UNAVAILABLE = 5


class PackagesUnavailableError(Exception):
    """The packages cannot be installed; the message is one sentence."""


def node_modules() -> Path:
    """The folder of exactly the locked packages, installed when it is not there yet; other versions are removed."""
    content = b"\0".join((EXAMPLE / name).read_bytes() for name in PINNED)
    folder = CACHE / hashlib.sha256(content).hexdigest()[:16]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            for old in (path for path in CACHE.iterdir() if path.is_dir()):
                shutil.rmtree(old)
            _install(CACHE / "unfinished").rename(folder)
    return folder / "node_modules"


def _install(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise PackagesUnavailableError("The TypeScript example needs Node.js 20 or newer with npm.")
    folder.mkdir()
    for name in PINNED:
        shutil.copy(EXAMPLE / name, folder / name)
    print(f"Installing the packages of examples/slugs into {CACHE.relative_to(ROOT)} …", file=sys.stderr, flush=True)
    try:
        done = subprocess.run(
            [npm, *INSTALL],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PackagesUnavailableError(f"npm had not installed the packages after {INSTALL_LIMIT_S} s.") from error
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["it gave no reason"]
        raise PackagesUnavailableError(f"npm could not install the packages of examples/slugs: {lines[0]}")
    return folder


def main() -> int:
    try:
        print(node_modules())
    except PackagesUnavailableError as error:
        print(error, file=sys.stderr)
        return EXIT_UNAVAILABLE
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
