"""handle_events with redaction beside the same without."""

import asyncio
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from bench.measuring import Case, Measurement, compared
from bench.payloads import events
from bench.service import ENDLESS, new_session, one_after_another, open_application
from tests.factories import open_project, write_settings
from treadle.domain.scope import LOCAL
from treadle.service.application import Application

SECTION = "Redaction"
SIZES = (1, 100, 1_000)
SAMPLED_EVENTS = 3_000
MOST_BATCHES = 60
OWN_PATTERNS = 20
GOAL, OWN_GOAL = 1.25, 2.0

Store = Callable[[int], float]
"""Seconds for a batch of so many."""


def measure(*, rounds: int) -> list[Measurement]:
    with asyncio.Runner() as loop, ExitStack() as opened:
        without = opened.enter_context(_store(loop, redacts=False))
        known = opened.enter_context(_store(loop))
        own = opened.enter_context(_store(loop, patterns=OWN_PATTERNS))
        cases = list(_cases("known kinds", known, without, GOAL))
        cases += _cases(f"known kinds and {OWN_PATTERNS} own patterns", own, without, OWN_GOAL)
        return compared(SECTION, "the same without", cases, rounds=rounds)


def _cases(what: str, store: Store, without: Store, goal: float) -> Iterator[Case]:
    for size in SIZES:
        yield Case(
            operation=f"{what}, a batch of {size:,}",
            sample=partial(store, size),
            limit=partial(without, size),
            goal=goal,
        )


@contextmanager
def _store(loop: asyncio.Runner, *, redacts: bool = True, patterns: int = 0) -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="treadle-bench-") as folder:
        application = loop.run(open_application(Path(folder, "data"), redacts=redacts))
        try:
            session_id = loop.run(_session(application, Path(folder, "project"), patterns))
            stream = events()

            def store(size: int) -> float:
                times = max(5, min(MOST_BATCHES, SAMPLED_EVENTS // size))
                batches = [list(islice(stream, size)) for _ in range(times)]
                works = [
                    partial(application.event_handler.handle_events, LOCAL, session_id=session_id, events=batch)
                    for batch in batches
                ]
                return statistics.median(loop.run(one_after_another(works)))

            yield store
        finally:
            loop.run(application.close())


async def _session(application: Application, root: Path, patterns: int) -> int:
    if not patterns:
        return await new_session(application)
    write_settings(root, "redact:\n" + "".join(f"  - '{each}'\n" for each in _patterns(patterns)))
    opened = await open_project(application, root)
    session = await application.sessions.create(LOCAL, type=ENDLESS.id, project_id=opened.project.id)
    return session.id


def _patterns(number: int) -> Sequence[str]:
    """As people write them: with a beginning of their own, at the edge of a word, by the name before it."""
    forms = (
        r"\bcorp{}-[0-9a-f]{{32}}\b",
        r"(?i)license{}[_ ]?key\s*[:=]\s*(\S+)",
        r"INT{}_[A-Z0-9]{{20}}",
        r"^pin{}: (\d+)$",
    )
    return [forms[each % len(forms)].format(each) for each in range(number)]
