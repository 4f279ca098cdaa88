"""Whether pytest is installed for an interpreter. No code of a project is run to find out."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

ACTIVE = "python3"
"""The interpreter that the person uses."""
PACKAGES = "lib/*/site-packages"
SECONDS = 20.0
IS_MISSING = 3
LOOK = (
    "import sys; sys.path = [each for each in sys.path if each]; import importlib.util as found; "
    f"sys.exit({IS_MISSING} if found.find_spec('pytest') is None else 0)"
)
"""Without the folder in which it is started."""


def active_python_has_pytest(root: Path) -> bool:
    """Of an interpreter inside the project, which nobody has trusted yet, only the folders are looked at."""
    places = [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(place)]  # noqa: PTH117
    found = shutil.which(ACTIVE, path=os.pathsep.join(places))
    if found is None:
        return False
    prefix = Path(found).parent.parent
    if Path(os.path.realpath(prefix)).is_relative_to(os.path.realpath(root)):
        return holds_pytest(prefix, PACKAGES)
    outside = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return _look(found, tuple(sorted({**outside, "PATH": os.pathsep.join(places)}.items()))) == 0


def lacks_pytest(interpreter: str, environ: Mapping[str, str]) -> bool:
    """Whether it says so; one that cannot be asked does not."""
    return _look(interpreter, tuple(sorted(environ.items()))) == IS_MISSING


def holds_pytest(prefix: Path, packages: str) -> bool:
    return any(path.is_dir() for path in prefix.glob(f"{packages}/pytest"))


@cache
def _look(interpreter: str, environ: tuple[tuple[str, str], ...]) -> int | None:
    """Its exit code; it is started in no folder of a project."""
    try:
        done = subprocess.run(
            [interpreter, "-c", LOOK],
            cwd=os.sep,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.returncode
