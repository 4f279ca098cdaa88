"""What no first client needs is loaded when the daemon serves already."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.5
"""Whoever started the daemon gets its first answers meanwhile; with the loading it would share the interpreter."""


@contextmanager
def loading_late(load: Callable[[], object], *, then: Callable[[], object]) -> Iterator[None]:
    """`load` in a thread that nobody waits for, soon; `then` on the loop, once it is done."""
    loop = asyncio.get_running_loop()

    def work() -> None:
        try:
            load()
        except Exception:
            logger.exception("not everything could be loaded")
            return
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(then)

    # Not a thread of the executor: the daemon can be stopped while somebody's plug-in is being imported.
    thread = threading.Thread(target=work, name="treadle-late", daemon=True)
    timer = loop.call_later(QUIET_SECONDS, thread.start)
    try:
        yield
    finally:
        timer.cancel()
