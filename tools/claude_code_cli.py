"""Finds Claude Code, or installs the pinned one into the repository's cache folder, and prints its path.

    python -m tools.claude_code_cli [--pinned]

Looks at $TREADLE_CLAUDE, then at PATH; `--pinned` (what tests use) looks at the cache folder only. The version and
its hashes are in tools/claude-code/. Install scripts do not run: the program is used as its platform's package has it.
"""

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = ROOT / "tools" / "claude-code"
CACHE = ROOT / ".cache" / "claude-code"
PACKAGES = Path("node_modules") / "@anthropic-ai"
VERSION = "2.1.329"
MEGABYTES = 361
INSTALL_LIMIT_S = 900
EXIT_UNAVAILABLE = 5


class ClaudeCodeUnavailableError(Exception):
    """There is no Claude Code and none can be installed; the message is one sentence."""


def find_or_install() -> Path:
    """The person's own Claude Code if there is one, else the pinned one."""
    for name in (os.environ.get("TREADLE_CLAUDE"), "claude"):
        if name and (found := shutil.which(name)):
            return Path(found)
    return pinned()


def pinned() -> Path:
    """Claude Code of exactly the pinned version, installed when it is not there yet."""
    with _only_one():
        found = _installed()
        if found is None:
            _install()
            found = _installed()
    if found is None:
        raise ClaudeCodeUnavailableError(f"Claude Code {VERSION} was installed into {CACHE}, but does not run here.")
    return found


def _installed() -> Path | None:
    candidates = sorted((CACHE / PACKAGES).glob("claude-code-*/claude*"))
    return next((path for path in candidates if _version_of(path) == VERSION), None)


def _version_of(executable: Path) -> str | None:
    try:
        done = subprocess.run([executable, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.split(" ")[0].strip()


def _install() -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise ClaudeCodeUnavailableError(
            "There is no Claude Code on PATH, and no npm to install it with: "
            "install Node.js 20 or newer, or name a Claude Code in TREADLE_CLAUDE."
        )
    _say(f"Installing Claude Code {VERSION} into {CACHE.relative_to(ROOT)}: {MEGABYTES} MB, once.")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PIN / name, CACHE / name)
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--progress=false"]
    with (CACHE / "install.log").open("w+", encoding="utf-8") as log:
        process = subprocess.Popen([npm, *arguments], cwd=CACHE, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            code = _watch(process)
        finally:
            process.kill()
            process.wait()
        log.seek(0)
        if code:
            lines = log.read().strip().splitlines() or ["it gave no reason"]
            raise ClaudeCodeUnavailableError(f"npm could not install Claude Code {VERSION}: {lines[0]}")


def _watch(process: subprocess.Popen[bytes]) -> int:
    """Says now and then that something is happening: npm itself is silent in one file of this size."""
    begin = time.monotonic()
    is_terminal = sys.stderr.isatty()
    while (elapsed := time.monotonic() - begin) < INSTALL_LIMIT_S:
        try:
            return process.wait(timeout=0.5 if is_terminal else 10)
        except subprocess.TimeoutExpired:
            progress = f"  {_megabytes_there()} of {MEGABYTES} MB unpacked, {elapsed:.0f} s"
            print(f"\r{progress} " if is_terminal else progress, end="" if is_terminal else "\n", file=sys.stderr)
        finally:
            sys.stderr.flush()
    raise ClaudeCodeUnavailableError(f"npm had not installed Claude Code after {INSTALL_LIMIT_S} s.")


def _megabytes_there() -> int:
    files = (path for path in (CACHE / PACKAGES).glob("**/*") if path.is_file() and not path.is_symlink())
    try:
        return sum(path.stat().st_size for path in files) // 2**20
    except OSError:  # npm renames folders while it works
        return 0


@contextmanager
def _only_one() -> Iterator[None]:
    """Two test runs at the same time install once."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Prints the path of Claude Code, installing it when there is none.")
    parser.add_argument("--pinned", action="store_true", help=f"only version {VERSION} in the cache folder counts")
    options = parser.parse_args(arguments)
    try:
        print(pinned() if options.pinned else find_or_install())
    except ClaudeCodeUnavailableError as error:
        _say(str(error))
        return EXIT_UNAVAILABLE
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
