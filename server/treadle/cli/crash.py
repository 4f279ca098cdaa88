"""Keeps the traceback of an unexpected error where a person can find it and send it."""

import os
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import treadle
from treadle.client.errors import ClientError
from treadle.client.locations import Locations


def keep(error: Exception, words: Sequence[str]) -> Path | None:
    """Append the traceback to a file of the data folder; None when that cannot be written either."""
    try:
        locations = Locations.find(_data_dir(words))
        locations.prepare()
        path = locations.data_dir / "treadle.log"
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8", errors="replace") as log:
            log.write(f"{datetime.now(UTC).isoformat()} treadle {treadle.__version__} {words[0] if words else ''}\n")
            log.write("".join(traceback.format_exception(error)))
    except (OSError, ClientError):
        return None
    return path


def _data_dir(words: Sequence[str]) -> str | None:
    for index, word in enumerate(words):
        if word == "--data-dir" and index + 1 < len(words):
            return words[index + 1]
        if word.startswith("--data-dir="):
            return word.partition("=")[2]
    return None
