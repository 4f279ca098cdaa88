"""Records what happens in one agent's terminal, from all the sources that tell of it, whichever comes first."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic

from treadle.agents.lenient import JsonObject, text
from treadle.agents.telemetry import usages
from treadle.agents.terminal_events import TerminalNormaliser, Told
from treadle.domain.coverage import Source, SourceTimes, activity_of, expecting
from treadle.domain.errors import StorageUnavailableError
from treadle.domain.terminal import Terminal
from treadle.domain.values import replaced
from treadle.ingest.event_store import EventStore
from treadle.ingest.held_requests import HeldRequests
from treadle.ingest.permission_asks import PermissionAsks
from treadle.service.application import Application

ASKS_BEFORE_TOOL, ASKS_FOR_PERMISSION = "PreToolUse", "PermissionRequest"


class Recorder:
    """On the daemon's loop. A daemon that is started again has a new one: what it tells again has the same uids."""

    def __init__(self, application: Application, terminal: Terminal) -> None:
        self.id = str(uuid.uuid4())
        self.terminal = terminal
        """As it was when it was opened, and where it is heard."""
        self.sources: dict[Source, SourceTimes] = dict(terminal.sources)
        self.heard_at = application.clock()
        """The last sign of life, from whatever source."""
        self._alive_at = monotonic()
        self._clock = application.clock
        self._store = EventStore(
            application,
            terminal.scope,
            session_id=terminal.session_id,
            interaction_id=terminal.interaction_id,
        )
        self._permissions = PermissionAsks(application, terminal)
        self._held = HeldRequests()
        self._normaliser = _normaliser(terminal)
        self._due: asyncio.TimerHandle | None = None

    @property
    def seen(self) -> Terminal:
        """As it is now."""
        conversations = self._normaliser.conversations
        return replaced(self.terminal, seen_at=self.heard_at, sources=self.sources, conversations=conversations)

    @property
    def silent_seconds(self) -> float:
        """How long there was no sign of life; not while the computer slept."""
        return monotonic() - self._alive_at

    @property
    def is_gone(self) -> bool:
        """There is nothing any more to which it could be recorded."""
        return self._store.is_gone

    async def go_on(self) -> None:
        """After the daemon was started again: nobody holds the answers for what it asked before."""
        await self._permissions.withdraw_left()

    async def hook(self, payload: JsonObject, gone: asyncio.Event) -> JsonObject | None:
        """The answer to a hook; None: no word from us. `gone`: nobody waits for the answer any more."""
        self._heard(Source.HOOKS)
        event = text(payload.get("hook_event_name"))
        call = self._normaliser.open_call(payload) if event == ASKS_FOR_PERMISSION else None
        self._tell(self._normaliser.hook(payload, self._clock()))
        self._held.hook(payload)
        if event == ASKS_BEFORE_TOOL:
            return await self._permissions.before_tool(payload, self._normaliser.open_call(payload))
        if event == ASKS_FOR_PERMISSION:
            with suppress(StorageUnavailableError):
                await self._store.stored()  # what is asked comes after what led to it
            with self._held.holding(payload, None if call is None else call.tool_use_id, gone):
                return await self._permissions.decide(payload, call, gone)
        return None

    def telemetry(self, body: JsonObject) -> None:
        self._heard(Source.TELEMETRY)
        for usage in usages(body):
            self._tell(self._normaliser.used(usage, self._clock()))

    def observe(self, source: Source, observations: Sequence[JsonObject], *, after: str | None) -> None:
        """What the run saw; none is a sign of life. `after`: the recorder that took what came before.

        A transcript that goes on from where another recorder was means nothing without its beginning.
        """
        if self._store.filled_gap():
            self._begin_again()
        if source is Source.TRANSCRIPT and after not in (None, self.id):
            observations = []
        if observations:
            self._heard(source)
        self._is_alive()
        readers: Mapping[Source, Callable[[JsonObject, datetime], list[Told]]] = {
            Source.TRANSCRIPT: self._normaliser.transcript,
            Source.STATUS: self._normaliser.status,
            Source.OUTPUT: self._normaliser.output,
        }
        for observation in observations:
            if source is Source.STATUS:
                self._held.status(observation)
            self._tell(readers[source](observation, self._clock()))

    async def finish(self, *, exit_code: int | None, interrupted: bool) -> None:
        """The terminal is closed: closes what it has left open.

        :raises StorageUnavailableError: not all of it is stored yet; it may be finished again
        """
        self._cancel_due()
        self._tell(self._normaliser.finish(exit_code=exit_code, interrupted=interrupted, now=self._clock()))
        self._cancel_due()
        await self._store.stored()

    async def stop(self) -> None:
        """The daemon ends; the terminal goes on."""
        self._cancel_due()
        await self._store.close()

    def forget(self) -> None:
        """The session was deleted."""
        self._cancel_due()
        self._store.forget()

    def _begin_again(self) -> None:
        """As another recorder, to whom the run tells the whole transcript again."""
        self._cancel_due()
        self.id = str(uuid.uuid4())
        self._normaliser = _normaliser(self.seen)

    def _is_alive(self) -> None:
        self.heard_at, self._alive_at = self._clock(), monotonic()

    def _heard(self, source: Source) -> None:
        self._is_alive()
        self.sources = {**self.sources, source: self.sources.get(source, SourceTimes()).heard(self.heard_at)}

    def _tell(self, told: Sequence[Told]) -> None:
        for each in told:
            if activity := activity_of(each.draft.event_type, each.draft.data):
                self.sources = expecting(self.sources, activity, each.sent_at)
        self._store.add(told)
        self._wait_for_due()

    def _wait_for_due(self) -> None:
        """Some texts are held for a better source; when none comes, they are told as they are."""
        due = self._normaliser.next_due
        if due is None or self._due is not None:
            return
        seconds = max(0.0, (due - self._clock()).total_seconds())
        self._due = asyncio.get_running_loop().call_later(seconds, self._tell_due)

    def _tell_due(self) -> None:
        self._due = None
        self._tell(self._normaliser.due(self._clock()))

    def _cancel_due(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None


def _normaliser(terminal: Terminal) -> TerminalNormaliser:
    *before, present = terminal.conversations
    was_heard = any(times.count for times in terminal.sources.values())
    return TerminalNormaliser(
        project_root=terminal.root,
        conversation_id=present,
        resumed=terminal.resumed,
        terminal_id=terminal.id,
        before=before,
        begun_before=was_heard,
    )
