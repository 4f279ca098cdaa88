"""What a terminal's agent asks a person through the daemon, while it shows the same question itself: who answers first,
here or there, has answered."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from treadle.domain.actor import Actor
from treadle.domain.ask import Ask, AskKind
from treadle.domain.errors import InteractionCompletedError, TreadleError
from treadle.domain.terminal import Terminal
from treadle.protocol.notices import AskDidChangeNotification, SessionDidDeleteNotification
from treadle.protocol.wire import Notification
from treadle.service.application import Application
from treadle.service.asks import NewAsk
from treadle.storage import asks as ask_rows

ANSWERED_THERE = "It was answered in the terminal."
ENDED = "The daemon ended; the terminal asks by itself."
STARTED = "The daemon was started again; the terminal asks by itself."


class WaitingAsks:
    def __init__(self, application: Application, terminal: Terminal) -> None:
        self._application = application
        self._asks = application.asks
        self._terminal = terminal
        self._actor = Actor(client_id=f"terminal-{terminal.uid}", client_name="claude")

    async def closed(self, wanted: Sequence[NewAsk], gone: asyncio.Event) -> list[Ask] | None:
        """All of them, as soon as each is closed; None: nobody waits any more, and they are withdrawn.

        :raises TreadleError: it cannot be asked
        """
        asks: list[Ask] = []
        changed = asyncio.Event()
        listening = self._application.notices.subscribe(lambda _, notice: self._hear(notice, changed))
        going = asyncio.create_task(_pass_on(gone, changed))
        reason = ENDED
        try:
            for each in wanted:
                asks += [await self._asked(each)]
            while any(ask.is_open for ask in asks) and not gone.is_set():
                await changed.wait()
                changed.clear()
                asks = [
                    await self._asks.get(self._terminal.scope, ask_id=ask.id) if ask.is_open else ask for ask in asks
                ]
            reason = ANSWERED_THERE
            return None if any(ask.is_open for ask in asks) else asks
        finally:
            going.cancel()
            listening()
            await self._withdraw([ask for ask in asks if ask.is_open], reason)

    async def withdraw_left(self) -> None:
        """Of a daemon that was killed: nobody holds an answer for them any more."""
        session_id, interaction_id = self._terminal.session_id, self._terminal.interaction_id
        found = await self._application.database.read(lambda rows: ask_rows.open_of(rows, session_id))
        left = [ask for ask in found if ask.interaction_id == interaction_id != ask.uid]
        await self._withdraw([ask for ask in left if ask.kind in (AskKind.PERMISSION, AskKind.QUESTION)], STARTED)

    async def _asked(self, wanted: NewAsk) -> Ask:
        scope = self._terminal.scope
        try:
            return await self._asks.create(scope, wanted=wanted, actor=self._actor)
        except InteractionCompletedError:
            # The step is done, and the person goes on in the terminal.
            return await self._asks.create(scope, wanted=replace(wanted, interaction_id=None), actor=self._actor)

    async def _withdraw(self, asks: Sequence[Ask], reason: str) -> None:
        for ask in asks:
            with suppress(TreadleError):
                await self._asks.withdraw(self._terminal.scope, ask_id=ask.id, reason=reason, actor=self._actor)

    def _hear(self, notice: Notification, changed: asyncio.Event) -> None:
        match notice:
            case AskDidChangeNotification() | SessionDidDeleteNotification():
                if notice.session_id == self._terminal.session_id:
                    changed.set()


async def _pass_on(gone: asyncio.Event, changed: asyncio.Event) -> None:
    await gone.wait()
    changed.set()
