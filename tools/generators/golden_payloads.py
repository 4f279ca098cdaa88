"""One real payload of every message, as a file each: what a daemon says today, to be read in the diff of a change."""

import asyncio
import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.golden import methods, refusals
from tools.golden.json_text import shown
from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.methods import METHODS, NOTICES

FOLDER = "tests/contract/golden"
ROOT = Path(__file__).resolve().parents[2]

Documents = Mapping[str, dict[str, Any]]


def wanted() -> frozenset[str]:
    """The name of each golden payload: of a method or notice its own, of an error code `errors/…`."""
    return frozenset(
        {method.name for method in METHODS}
        | {notice.name for notice in NOTICES}
        | {f"errors/{code}" for code in NUMBERS}
    )


def make() -> dict[str, str]:
    with silence():
        documents = asyncio.run(_documents())
    return {f"{FOLDER}/{name}.json": f"{shown(document)}\n" for name, document in sorted(documents.items())}


def committed() -> Documents:
    folder = ROOT / FOLDER
    return {
        path.relative_to(folder).with_suffix("").as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }


async def _documents() -> Documents:
    return {**await methods.documents(), **await refusals.documents()}


@contextmanager
def silence() -> Iterator[None]:
    """The errors that the scenario provokes are no news."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
