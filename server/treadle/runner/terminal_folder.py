"""The files of one agent in a person's terminal, such as its settings: for this user alone, and gone with it."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

NAME = "terminal-{}"
MAX_PROMPT_BYTES = 64 * 1024
"""Of one word of a command line Linux takes twice as much."""
READ_IT = "Read the file {} now, whole: it says what you are to do. Then do that."


class TerminalFolder:
    """Below the folder of runs, and locked while its run lives."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, content: Mapping[str, object]) -> Path:
        return self._write(name, json.dumps(content, indent=2))

    def prompt(self, prompt: str) -> str:
        """As it fits into a command line."""
        if len(prompt.encode()) <= MAX_PROMPT_BYTES and "\0" not in prompt:
            return prompt
        return READ_IT.format(self._write("prompt.md", prompt))

    def _write(self, name: str, content: str) -> Path:
        path = self.path / name
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(content)
        return path


@contextmanager
def terminal_folder(runs: Path, interaction_id: str) -> Iterator[TerminalFolder]:
    """What killed runs have left there goes as well.

    :raises OSError: it cannot be made
    """
    runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = runs / NAME.format(Path(interaction_id).name)
    with _alone_in(runs):  # one that was just made is not locked yet, as one that was left
        _sweep(runs)
        path.mkdir(mode=0o700, exist_ok=True)
        descriptor = _locked(path)
    try:
        yield TerminalFolder(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if descriptor is not None:
            os.close(descriptor)


def _sweep(runs: Path) -> None:
    for path in runs.glob(NAME.format("*")):
        with suppress(OSError):
            descriptor = _locked(path)
            if descriptor is not None:
                shutil.rmtree(path, ignore_errors=True)
                os.close(descriptor)


@contextmanager
def _alone_in(runs: Path) -> Iterator[None]:
    descriptor = os.open(runs, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system that locks no folders
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _locked(path: Path) -> int | None:
    """None: its run lives, or the file system locks no folders."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor
