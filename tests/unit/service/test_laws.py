"""Laws of the service: whatever clients do in whatever order, a session stays whole.

One pending interaction at most; positions 1 … n; counts equal rows; a terminal status is final; a final result never
changes and nothing is ever discarded.
"""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from tests.factories import ACTOR, CLIENT, EXAMPLE, OTHER_CLIENT, Clock, make_event, make_result
from treadle.domain.errors import TreadleError
from treadle.domain.event import EventType, IncomingEvent
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.service.application import Application
from treadle.workflows.registry import Registry

T = TypeVar("T")

CLIENTS = st.sampled_from([CLIENT, OTHER_CLIENT])
STATUSES = st.sampled_from([ResultStatus.OK, ResultStatus.OK, ResultStatus.ERROR, *ResultStatus])
EFFECTS = st.sampled_from(
    [
        (EventType.TOOL_CALLED, "{}"),
        (EventType.FILE_MODIFIED, '{"path":"a.py"}'),
        (EventType.SESSION_PAUSED, "{}"),
        (EventType.SESSION_RESUMED, "{}"),
        (EventType.SESSION_RESUMED, "{}"),
        (EventType.CONVERSATION_STARTED, '{"session_id":"c"}'),
        (EventType.SESSION_STATUS_CHANGED, '{"new_status":"failed"}'),
        (EventType.SESSION_STATUS_CHANGED, '{"new_status":"complete"}'),
    ]
)
Target = tuple[int, str]


class ServiceMachine(RuleBasedStateMachine):
    sessions = Bundle("sessions")
    interactions = Bundle("interactions")
    results = Bundle("results")
    batches = Bundle("batches")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="treadle-laws-"))
        self.loop = asyncio.new_event_loop()
        self.clock = Clock()
        self.statuses: dict[int, str] = {}
        self.final: dict[str, str] = {}
        self.rows = 0
        self.open()

    def open(self) -> None:
        async def opened() -> Application:
            return Application.open(self.folder, Registry.of(EXAMPLE), clock=self.clock)

        self.application = self.loop.run_until_complete(opened())
        self.database = sqlite3.connect(self.folder / "treadle.db")

    def teardown(self) -> None:
        self.database.close()
        self.loop.run_until_complete(self.application.close())
        self.loop.close()
        shutil.rmtree(self.folder)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    @initialize(target=sessions)
    def first_session(self) -> int:
        return self.new_session()

    @rule(target=sessions)
    def create(self) -> int:
        return self.new_session()

    def new_session(self) -> int:
        return self.run(self.application.sessions.create(LOCAL, type="example")).id

    @rule(target=interactions, session_id=sessions, client_id=CLIENTS, regenerate=st.sampled_from([False, False, True]))
    def next_command(self, session_id: int, client_id: str, regenerate: bool) -> Target:
        with suppress(TreadleError):
            following = self.run(
                self.application.orchestrator.next_command(
                    LOCAL, session_id=session_id, regenerate=regenerate, client_id=client_id
                )
            )
            assert following.session.pending_interaction == following.interaction
            assert self.statuses[session_id] == "active", "a terminal session gives no command"
            return session_id, following.interaction.id
        return session_id, "none"

    @rule(target=results, interaction=interactions, status=STATUSES, client_id=CLIENTS)
    def handle_result(self, interaction: Target, status: ResultStatus, client_id: str) -> tuple[Target, Result]:
        return self.hand_in(interaction, make_result(status), client_id)

    @rule(again=results, client_id=CLIENTS)
    def repeat_result(self, again: tuple[Target, Result], client_id: str) -> None:
        self.hand_in(*again, client_id)

    def hand_in(self, interaction: Target, result: Result, client_id: str) -> tuple[Target, Result]:
        session_id, interaction_id = interaction
        with suppress(TreadleError):
            handled = self.run(
                self.application.result_handler.handle_result(
                    LOCAL, session_id=session_id, interaction_id=interaction_id, result=result, client_id=client_id
                )
            )
            assert handled.interaction.result is not None
            assert handled.interaction.result.id == result.id
            is_new = interaction_id not in self.final
            assert self.statuses[session_id] == "active" or not is_new, "a terminal session takes no result"
        return interaction, result

    @rule(interaction=interactions, client_id=CLIENTS, verb=st.sampled_from(["claim", "claim", "heartbeat", "release"]))
    def claims(self, interaction: Target, client_id: str, verb: str) -> None:
        session_id, interaction_id = interaction
        method = getattr(self.application.claims, verb)
        with suppress(TreadleError):
            self.run(method(LOCAL, session_id=session_id, interaction_id=interaction_id, client_id=client_id))

    @rule(target=batches, session_id=sessions, interaction=interactions, kinds=st.lists(EFFECTS, max_size=3))
    def handle_events(
        self, session_id: int, interaction: Target, kinds: list[tuple[EventType, str]]
    ) -> tuple[int, list[IncomingEvent]]:
        """Of its own interaction or another session's, which is refused as a whole."""
        named = interaction[1] if len(kinds) == 2 else None
        events = [make_event(kind, data, interaction_id=named) for kind, data in kinds]
        return self.store(session_id, events)

    @rule(batch=batches)
    def repeat_events(self, batch: tuple[int, list[IncomingEvent]]) -> None:
        self.store(*batch)

    def store(self, session_id: int, events: list[IncomingEvent]) -> tuple[int, list[IncomingEvent]]:
        with suppress(TreadleError):
            self.run(self.application.event_handler.handle_events(LOCAL, session_id=session_id, events=events))
        return session_id, events

    @rule(session_id=consumes(sessions))
    def cancel(self, session_id: int) -> None:
        with suppress(TreadleError):
            self.run(self.application.lifecycle.cancel(LOCAL, session_id=session_id, actor=ACTOR))

    @rule(seconds=st.sampled_from([1, 14, 16]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def restart(self) -> None:
        self.database.close()
        self.run(self.application.close())
        self.open()

    @invariant()
    def sessions_are_whole(self) -> None:
        for session_id, status, interaction_count, event_count in self.database.execute(
            "SELECT id, status, interaction_count, event_count FROM sessions"
        ).fetchall():
            before = self.statuses.get(session_id, "active")
            assert before in ("active", status), "a terminal status is final"
            self.statuses[session_id] = status
            positions = self.column("SELECT position FROM interactions WHERE session_id = ? ORDER BY 1", session_id)
            assert positions == list(range(1, interaction_count + 1))
            assert len(positions) <= EXAMPLE.caps.max_steps
            (events,) = self.column("SELECT count(*) FROM session_events WHERE session_id = ?", session_id)
            assert events == event_count
            pending = self.column(
                "SELECT id FROM interactions WHERE session_id = ? AND completed_at IS NULL AND superseded_at IS NULL",
                session_id,
            )
            assert len(pending) <= 1

    @invariant()
    def nothing_is_discarded(self) -> None:
        (rows,) = self.column("SELECT (SELECT count(*) FROM interactions) + (SELECT count(*) FROM session_events)")
        assert rows >= self.rows
        self.rows = rows
        final = dict(self.database.execute("SELECT id, result FROM interactions WHERE completed_at IS NOT NULL"))
        assert final.items() >= self.final.items()
        self.final = final

    @invariant()
    def what_was_superseded_stays_without_a_result(self) -> None:
        assert not self.column(
            "SELECT id FROM interactions WHERE superseded_at IS NOT NULL AND completed_at IS NOT NULL"
        )

    @invariant()
    def events_are_their_sessions(self) -> None:
        assert not self.column(
            "SELECT e.id FROM session_events e JOIN interactions i ON i.id = e.interaction_id "
            "WHERE i.session_id != e.session_id"
        )

    def column(self, statement: str, *values: object) -> list[Any]:
        return [value for (value,) in self.database.execute(statement, values)]


ServiceMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=35, deadline=None, suppress_health_check=list(HealthCheck)
)
TestService = ServiceMachine.TestCase
