"""The `treadle` command as a program of its own, with a daemon of its own that ends with the test."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Treadle:
    data_dir: Path
    folder: Path
    environ: Mapping[str, str]

    def __call__(
        self,
        *words: str,
        folder: Path | None = None,
        stdin: int = subprocess.DEVNULL,
        stderr: int = subprocess.PIPE,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "treadle", *words],
            cwd=folder or self.folder,
            env={**self.environ, "TREADLE_DATA_DIR": str(self.data_dir)},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            timeout=60,
            check=False,
        )


@contextmanager
def treadle_command(
    data_dir: Path, folder: Path = Path(), environ: Mapping[str, str] = os.environ
) -> Iterator[Treadle]:
    command = Treadle(data_dir, folder, environ)
    try:
        yield command
    finally:
        command("stop")
