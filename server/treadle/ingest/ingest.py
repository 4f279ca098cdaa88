"""The terminals of agents that are open now: where their hooks go, and who records them.

A receiver listens as long as there is a terminal. The settings of a terminal's agent name its port, and a daemon that
is started again listens there again. Where somebody else had taken the port meanwhile, new terminals get another one:
then there are two receivers, as soon as the first port is free again.
"""

import asyncio
import hmac
import logging
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass

import orjson

from treadle.agents.lenient import JsonObject
from treadle.domain.coverage import Source, SourceTimes
from treadle.domain.errors import StorageUnavailableError, TerminalNotFoundError, TreadleError
from treadle.domain.scope import Scope
from treadle.domain.terminal import Terminal, digest_of
from treadle.domain.values import replaced
from treadle.ingest.receiver import Receiver
from treadle.ingest.recorder import Recorder
from treadle.ingest.requests import LOGS_PATH, HookRequest
from treadle.protocol.notices import SessionDidDeleteNotification
from treadle.protocol.wire import Notification
from treadle.service.application import Application
from treadle.service.notices import Owner

LOOK_SECONDS = 5.0
LOST_SECONDS = 24 * 3600.0
"""Without a sign of life from the run or the agent, both are gone: nobody will close the terminal. Ctrl-Z
stops both for as long as the person likes, and what they go on with must still be heard."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    recorder_id: str
    """Another one than before: the daemon was started again, and knows nothing of what was observed before."""
    sources: dict[Source, SourceTimes]


class Ingest:
    def __init__(
        self, application: Application, *, look_seconds: float = LOOK_SECONDS, lost_seconds: float = LOST_SECONDS
    ) -> None:
        self._application = application
        self._look_seconds = look_seconds
        self._lost_seconds = lost_seconds
        self._recorders: dict[int, Recorder] = {}
        self._digests: dict[bytes, int] = {}
        """Terminals by their token's SHA-256."""
        self._receivers: dict[int, Receiver] = {}
        """By port."""
        self._taken: set[int] = set()
        """Ports at which nothing can listen now."""
        self._changing = asyncio.Lock()
        self._goes_on = False
        """With the terminals that were open before."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._unsubscribe: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Goes on with the terminals that were open when the daemon ended."""
        self._unsubscribe = self._application.notices.subscribe(self._hear)
        try:
            await self._go_on()
        except TreadleError as error:
            log.warning("The open terminals cannot be recorded yet: %s", error)
        await self._listen()
        self._run(self._look_regularly())

    async def stop(self) -> None:
        self._unsubscribe()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for receiver in self._receivers.values():
            await receiver.close()
        for recorder in self._recorders.values():
            await recorder.stop()
            await self._seen(recorder)

    async def open(self, terminal: Terminal) -> str:
        """The URL of the receiver, for a terminal that was just opened, or given another token.

        :raises StorageUnavailableError: nothing can listen
        """
        async with self._changing:
            self._forget(terminal.id)
            try:
                port = await self._port_for(terminal)
                if port != terminal.port:
                    await self._application.terminals.set_port([terminal.id], port)
            except OSError as error:
                raise StorageUnavailableError(f"The hook receiver cannot listen: {error.strerror}.") from error
            else:
                terminal = replaced(terminal, port=port)
                self._keep(terminal, self._recorders.get(terminal.id) or Recorder(self._application, terminal))
            finally:
                await self._close_unused()
        return f"http://127.0.0.1:{port}"

    async def observe(
        self,
        scope: Scope,
        *,
        session_id: int,
        terminal_id: int,
        recorder_id: str | None,
        source: Source,
        observations: Sequence[JsonObject],
    ) -> Observed:
        """`recorder_id`: who took the last ones; None: nobody yet.

        :raises SessionNotFoundError, TerminalNotFoundError:
        """
        recorder = await self._recorder(scope, session_id, terminal_id)
        recorder.observe(source, observations, after=recorder_id)
        return Observed(recorder_id=recorder.id, sources=recorder.sources)

    async def close(
        self, scope: Scope, *, session_id: int, terminal_id: int, exit_code: int | None, interrupted: bool
    ) -> None:
        """Once; again it changes nothing.

        :raises SessionNotFoundError, TerminalNotFoundError:
        """
        terminal = await self._application.terminals.get(scope, session_id=session_id, terminal_id=terminal_id)
        await self._end(terminal.id, exit_code=exit_code, interrupted=interrupted)

    def sources(self, terminal_id: int) -> dict[Source, SourceTimes] | None:
        """As they are now; None: the terminal is not open."""
        recorder = self._recorders.get(terminal_id)
        return None if recorder is None else recorder.sources

    async def _recorder(self, scope: Scope, session_id: int, terminal_id: int) -> Recorder:
        terminal = await self._application.terminals.get(scope, session_id=session_id, terminal_id=terminal_id)
        if not self._goes_on:
            await self._go_on()
        recorder = self._recorders.get(terminal.id)
        if recorder is None:
            raise TerminalNotFoundError(f"The terminal {terminal_id} is closed.", terminalId=terminal_id)
        return recorder

    async def _go_on(self) -> None:
        """:raises StorageUnavailableError: not yet"""
        async with self._changing:
            for terminal in await self._application.terminals.all_open():
                if terminal.id not in self._recorders:
                    recorder = Recorder(self._application, terminal)
                    await recorder.go_on()
                    self._keep(terminal, recorder)
            self._goes_on = True

    def _keep(self, terminal: Terminal, recorder: Recorder) -> None:
        recorder.terminal = terminal
        self._recorders[terminal.id] = recorder
        self._digests[terminal.token_digest] = terminal.id

    async def _end(self, terminal_id: int, *, exit_code: int | None, interrupted: bool) -> None:
        """:raises StorageUnavailableError: it stays open"""
        async with self._changing:
            recorder = self._recorders.get(terminal_id)
            if recorder is None:
                return
            await recorder.finish(exit_code=exit_code, interrupted=interrupted)
            await self._application.terminals.close(recorder.seen)
            await self._drop(recorder)

    async def _drop(self, recorder: Recorder) -> None:
        del self._recorders[recorder.terminal.id]
        self._forget(recorder.terminal.id)
        await self._close_unused()

    def _hear(self, _: Owner, notice: Notification) -> None:
        if isinstance(notice, SessionDidDeleteNotification):
            deleted = [each for each in self._recorders.values() if each.terminal.session_id == notice.session_id]
            for recorder in deleted:
                recorder.forget()
            if deleted:
                self._run(self._drop_gone())

    async def _drop_gone(self) -> None:
        async with self._changing:
            for recorder in [each for each in self._recorders.values() if each.is_gone]:
                await self._drop(recorder)

    async def _port_for(self, terminal: Terminal) -> int:
        """:raises OSError: no port is to be had"""
        if terminal.port in self._receivers:
            return terminal.port
        if self._receivers:
            return next(reversed(self._receivers))
        if terminal.port is not None:
            with suppress(OSError):
                return await self._listen_at(terminal.port)
        return await self._listen_at(None)

    async def _listen(self) -> None:
        """On the ports that the open terminals know. One that somebody else has is tried again later."""
        async with self._changing:
            known = {each.terminal.port for each in self._recorders.values() if each.terminal.port is not None}
            for port in known.difference(self._receivers):
                try:
                    await self._listen_at(port)
                except OSError as error:
                    if port not in self._taken:
                        log.warning("The terminals of port %d cannot be heard: %s", port, error.strerror)
                    self._taken.add(port)

    async def _listen_at(self, port: int | None) -> int:
        receiver = Receiver(knows=lambda token: self._terminal_of(token) is not None, handle=self._handle)
        port = await receiver.listen(port)
        self._receivers[port] = receiver
        self._taken.discard(port)
        return port

    async def _close_unused(self) -> None:
        used = {recorder.terminal.port for recorder in self._recorders.values()}
        for port in [port for port in self._receivers if port not in used]:
            await self._receivers.pop(port).close()

    async def _handle(self, request: HookRequest, gone: asyncio.Event) -> bytes | None:
        terminal_id = self._terminal_of(request.token)
        recorder = None if terminal_id is None else self._recorders.get(terminal_id)
        if recorder is None:
            return None
        if request.path == LOGS_PATH:
            recorder.telemetry(request.body)
            return None
        answer = await recorder.hook(request.body, gone)
        return None if answer is None else orjson.dumps(answer)

    def _terminal_of(self, token: str) -> int | None:
        """Compared in constant time, with all that there are."""
        given = digest_of(token)
        found = [terminal for digest, terminal in self._digests.items() if hmac.compare_digest(digest, given)]
        return found[0] if found else None

    def _forget(self, terminal_id: int) -> None:
        self._digests = {digest: each for digest, each in self._digests.items() if each != terminal_id}

    async def _look_regularly(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            try:
                await self._look()
            except TreadleError:
                continue  # the disk: it was told, and is tried again
            except Exception:
                log.exception("The open terminals could not be looked at")

    async def _look(self) -> None:
        """:raises StorageUnavailableError: something is to be tried again"""
        await self._drop_gone()
        await self._listen()
        if not self._goes_on:
            await self._go_on()
        for recorder in list(self._recorders.values()):
            if recorder.silent_seconds > self._lost_seconds:
                await self._end(recorder.terminal.id, exit_code=None, interrupted=True)
            else:
                await self._seen(recorder)

    async def _seen(self, recorder: Recorder) -> None:
        with suppress(TreadleError):
            await self._application.terminals.seen(recorder.seen)

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
