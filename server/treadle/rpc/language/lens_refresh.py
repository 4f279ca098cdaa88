"""A client that shows code lenses is asked to ask for them anew: by one request at a time, as it can answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger(__name__)

ANSWER_SECONDS = 10.0
"""A client that has not answered by then is asked the next time all the same."""


class LensRefresh:
    def __init__(self, ask: Callable[[], Awaitable[object]], *, seconds: float = ANSWER_SECONDS) -> None:
        """`ask`: returns when the client has answered."""
        self._ask = ask
        self._seconds = seconds
        self._asking: asyncio.Task[None] | None = None
        self._is_more = False

    def due(self) -> None:
        """Something of what the lenses say has changed."""
        if self._asking is not None:
            # It may be reading what was before.
            self._is_more = True
        else:
            self._asking = asyncio.get_running_loop().create_task(self._ask_client())

    def close(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    async def _ask_client(self) -> None:
        try:
            is_asked = True
            while is_asked:
                self._is_more = False
                await self._ask_once()
                is_asked = self._is_more
        finally:
            self._asking = None

    async def _ask_once(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._ask()
        except Exception as error:  # noqa: BLE001 - a hint: the client may refuse it, or be gone
            logger.info("the code lenses of a client were not refreshed: %s", type(error).__name__)
