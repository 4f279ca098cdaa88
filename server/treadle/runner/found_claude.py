"""Finds Claude Code on this machine."""

import os
import shutil
import subprocess
from collections.abc import Mapping

from treadle.client.errors import ClientError, ExitCode

VERSION_SECONDS = 30.0
MAX_REASON = 300
NOT_FOUND = (
    "Claude Code was not found: install it (npm install --global @anthropic-ai/claude-code), "
    "or name its executable in TREADLE_CLAUDE."
)


def find_claude(environ: Mapping[str, str]) -> str:
    """The executable of Claude Code.

    :raises ClientError: there is none
    """
    named = environ.get("TREADLE_CLAUDE")
    found = shutil.which(named or "claude", path=environ.get("PATH", os.defpath))
    if found is None:
        raise ClientError(
            f"TREADLE_CLAUDE names no program: {named}." if named else NOT_FOUND, ExitCode.AGENT_UNAVAILABLE
        )
    return os.path.abspath(found)  # noqa: PTH100 - started from another folder, and a link stays a link


def require_claude(environ: Mapping[str, str]) -> None:
    """:raises ClientError: there is none, or it cannot be started"""
    executable = find_claude(environ)
    try:
        done = subprocess.run(
            [executable, "--version"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=VERSION_SECONDS,
            check=False,
        )
    except OSError as error:
        raise cannot_be_started(executable, error.strerror or str(error)) from error
    except subprocess.TimeoutExpired as error:
        reason = f"it does not say its version within {VERSION_SECONDS:g} s"
        raise cannot_be_started(executable, reason) from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).decode("utf-8", "replace").split("\n")
        said = next((line.strip() for line in lines if line.strip()), "")[:MAX_REASON]
        reason = f"it ended with exit code {done.returncode}{f' and said: {said}' if said else ''}"
        raise cannot_be_started(executable, reason)


def cannot_be_started(executable: str, reason: str) -> ClientError:
    message = f"Claude Code cannot be started ({executable}): {reason.removesuffix('.')}."
    return ClientError(message, ExitCode.AGENT_UNAVAILABLE)
