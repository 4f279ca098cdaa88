"""Where documents are analysed: in one thread of the daemon, so that the loop serves everybody meanwhile."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class LanguageThread:
    """Its work is small and bounded. Each client gives it one thing at a time, so that none waits for all of another's.

    It is started by the first who has something to do.
    """

    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="treadle-language")

    async def run(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, function)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
