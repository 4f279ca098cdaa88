"""What no first client needs is loaded when the daemon serves already."""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

T = TypeVar("T")

logger = logging.getLogger(__name__)

QUIET_SECONDS = 0.5
"""Whoever started the daemon gets its first answers meanwhile; with the loading it would share the interpreter."""

IN_TIME_SECONDS = 10.0
"""Less than a client waits for an answer."""


async def loaded(load: Callable[[], object]) -> None:
    """Returns when it is. Not in a thread of the executor, nor of the database: somebody's plug-in may hang there for
    ever, and others are to be served and the daemon to be stopped all the same.

    :raises Exception: what `load` raises
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def work() -> None:
        error: Exception | None = None
        try:
            load()
        except Exception as raised:  # noqa: BLE001 - who waits is told
            error = raised
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, error)

    def tell(error: Exception | None) -> None:
        if not done.done():
            done.set_result(None) if error is None else done.set_exception(error)

    threading.Thread(target=work, name="treadle-late", daemon=True).start()
    await done


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


def in_time(load: Callable[[], T], seconds: float = IN_TIME_SECONDS) -> T:
    """What `load` returns or raises. Somebody's plug-in may do neither, ever: then it is left to itself.

    :raises TimeoutError:
    """
    ended: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()

    def work() -> None:
        try:
            ended.put((load(), None))
        except BaseException as raised:  # noqa: BLE001 - who waits is told, also of an exit
            ended.put((None, raised))

    threading.Thread(target=work, name="treadle-plug-in", daemon=True).start()
    try:
        value, error = ended.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"it was not loaded within {seconds:g} seconds.") from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
