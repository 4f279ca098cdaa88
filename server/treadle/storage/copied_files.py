"""Files that are made of others."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from treadle.storage.connections import FILE_MODE

Copy = Callable[[BinaryIO, BinaryIO], object]
"""Of what comes from one file into another; true when that is not the same."""


def copied(path: Path, new: Path, copy: Copy) -> bool:
    """Make a new file of what `copy` makes of this one; none when it says that it is the same.

    :raises OSError:
    """
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
        with path.open("rb") as source, os.fdopen(descriptor, "wb") as target:
            changed = copy(source, target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    if not changed:
        new.unlink()
    return bool(changed)
