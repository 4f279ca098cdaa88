"""Where documents are analysed: in one thread of the daemon, so that the loop serves everybody meanwhile."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


class LanguageThread:
    """Its work is small and bounded. Each client gives it one thing at a time, so that none waits for all of another's.

    It is started by the first who has something to do. Not a thread of an executor: the daemon can be stopped while a
    file is analysed.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    async def run(self, function: Callable[[], T]) -> T:
        """:raises Exception: what the function raises"""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            if done.cancelled():
                return
            try:
                value = function()
            except Exception as error:  # noqa: BLE001 - who waits is told
                tell(partial(done.set_exception, error))
            else:
                tell(partial(done.set_result, value))

        def tell(outcome: Callable[[], object]) -> None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(lambda: None if done.done() else outcome())

        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="treadle-language", daemon=True)
            self._thread.start()
        self._work.put(work)
        return await done

    def close(self) -> None:
        """What is under way is left to itself; nothing more is begun."""
        self._is_closed = True
        self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None and not self._is_closed:
            work()
