"""Plays what the sources of a terminal have told, in any order, to its normaliser."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.unit.agents.player import PROJECT, RECORDINGS
from treadle.agents.terminal_events import TerminalNormaliser, Told

FOLDER = RECORDINGS / "terminal"
TERMINALS = sorted(path.stem for path in FOLDER.glob("*.jsonl"))
SOME_TIME = datetime(2026, 11, 21, 6, tzinfo=UTC)

Heard = dict[str, Any]


def heard_in(name: str) -> list[Heard]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]


def of_source(heard: Iterable[Heard], source: str) -> list[Heard]:
    return [each for each in heard if each["source"] == source]


def normaliser_of(heard: list[Heard], *, project_root: str = PROJECT) -> TerminalNormaliser:
    first = next((each["said"] for each in heard if each["said"].get("session_id")), None)
    conversation = first["session_id"] if first else next(each["said"]["sessionId"] for each in heard)
    return TerminalNormaliser(project_root=project_root, conversation_id=conversation, resumed=False, terminal_id=7)


def fed(normaliser: TerminalNormaliser, each: Heard, now: datetime) -> list[Told]:
    if each["source"] == "hook":
        return normaliser.hook(each["said"], now)
    if each["source"] == "status":
        return normaliser.status(each["said"], now)
    if each["source"] == "output":
        return normaliser.output(each["said"], now)
    return normaliser.transcript(each["said"], now)


def played(heard: list[Heard], *, normaliser: TerminalNormaliser | None = None) -> list[Told]:
    """As it came, with the waits in between that were there."""
    normaliser = normaliser or normaliser_of(heard)
    told: list[Told] = []
    now = SOME_TIME
    for each in heard:
        now = max(now, datetime.fromisoformat(each["at"]))
        if normaliser.next_due and normaliser.next_due <= now:
            told += normaliser.due(now)
        told += fed(normaliser, each, now)
    told += normaliser.due(now + timedelta(seconds=5))
    return told + normaliser.finish(exit_code=0, interrupted=False, now=now + timedelta(seconds=6))
