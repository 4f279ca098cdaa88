"""How a person calls this very program again: `treadle` may be another one on their PATH, or none."""

import os
import shlex
import sys
from contextlib import suppress
from pathlib import Path

NAME = "treadle"


def to_type(*words: str, data_dir: str | None = None) -> str:
    """A line for a shell in this folder."""
    option = ["--data-dir", data_dir] if data_dir else []
    return shlex.join([*own_command(), *words, *option])


def own_command() -> list[str]:
    program = Path(sys.argv[0])
    if program.name != NAME or not program.is_file():
        program = Path(sys.executable).with_name(NAME)
    if not program.is_file():
        return [_shortest(sys.executable), "-m", NAME]
    import shutil  # brings the compressors of archives

    on_path = shutil.which(NAME)
    with suppress(OSError):
        if on_path is not None and program.samefile(on_path):
            return [NAME]
    return [_shortest(os.fspath(program))]


def _shortest(program: str) -> str:
    """Whole, or from here when it is below; no link is resolved, for a virtual environment's interpreter is one."""
    try:
        whole, from_here = os.path.abspath(program), os.path.relpath(program)  # noqa: PTH100
    except OSError:  # the folder that we are in is gone
        return program
    if from_here.startswith(os.pardir):
        return whole
    return from_here if os.sep in from_here else os.path.join(os.curdir, from_here)  # noqa: PTH118
