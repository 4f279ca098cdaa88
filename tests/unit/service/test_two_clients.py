"""Two clients in any order, with restarts: requests are answered as the model says, and the rows are the model's."""

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from tests.factories import CLIENT, EXAMPLE, OTHER_CLIENT, START, Clock, make_event, make_result
from tests.unit.service.model import Model
from treadle.domain.actor import Actor
from treadle.domain.errors import TreadleError
from treadle.domain.event import EventType, IncomingEvent
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import ExecutionMode
from treadle.service.application import Application
from treadle.workflows.registry import Registry

pytestmark = pytest.mark.requirement(
    "session.counts",
    "interaction.id",
    "interaction.pending",
    "interaction.nothing-is-discarded",
    "lifecycle.transitions",
)

T = TypeVar("T")

CLIENTS = st.sampled_from([CLIENT, OTHER_CLIENT])
STATUSES = st.sampled_from([ResultStatus.OK, ResultStatus.OK, ResultStatus.ERROR, *ResultStatus])
EFFECTS = st.sampled_from(
    [
        (EventType.TOOL_CALLED, "", "{}"),
        (EventType.FILE_MODIFIED, "", '{"path":"a.py"}'),
        (EventType.SESSION_PAUSED, "", "{}"),
        (EventType.SESSION_RESUMED, "", "{}"),
        (EventType.SESSION_RESUMED, "", "{}"),
        (EventType.CONVERSATION_STARTED, "c", '{"session_id":"c"}'),
        (EventType.CONVERSATION_STARTED, "d", '{"conversation_id":"d"}'),
        (EventType.SESSION_STATUS_CHANGED, "failed", '{"new_status":"failed"}'),
        (EventType.SESSION_STATUS_CHANGED, "complete", '{"new_status":"complete"}'),
    ]
)
Target = tuple[int, str]
Batch = tuple[int, str | None, list[IncomingEvent], list[tuple[str, str, str]]]


class TwoClients(RuleBasedStateMachine):
    sessions = Bundle("sessions")
    interactions = Bundle("interactions")
    results = Bundle("results")
    batches = Bundle("batches")
    type = EXAMPLE

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="treadle-model-"))
        self.loop = asyncio.new_event_loop()
        self.clock = Clock()
        self.model = self.new_model()
        self.final: dict[str, str] = {}
        self.open()

    def new_model(self) -> Model:
        return Model()

    def open(self) -> None:
        async def opened() -> Application:
            return Application.open(self.folder, Registry.of(self.type), clock=self.clock)

        self.application = self.loop.run_until_complete(opened())
        self.database = sqlite3.connect(self.folder / "treadle.db")

    def close(self) -> None:
        self.database.close()
        self.loop.run_until_complete(asyncio.wait_for(self.application.close(), 30))

    def teardown(self) -> None:
        self.close()
        self.loop.close()
        shutil.rmtree(self.folder)

    def ask(self, work: Coroutine[Any, Any, T]) -> tuple[str | None, T | None]:
        """The code of the refusal, or the answer."""
        try:
            return None, self.loop.run_until_complete(asyncio.wait_for(work, 30))
        except TreadleError as error:
            return error.code, None

    @property
    def now(self) -> float:
        return (self.clock.now - START).total_seconds()

    # starting

    @initialize(target=sessions)
    def first_session(self) -> int:
        return self.started(None)

    @rule(target=sessions)
    def create(self) -> int:
        return self.started(None)

    def started(self, parent: int | None) -> int:
        code, session = self.ask(self.application.sessions.create(LOCAL, type="example", parent_session_id=parent))
        assert code is None
        assert session is not None
        self.model.create(session.id, parent)
        return session.id

    @rule(target=sessions, parent=sessions)
    def create_child(self, parent: int) -> Any:
        expected = self.model.create_code(parent)
        if expected is None:
            return self.started(parent)
        code, _ = self.ask(self.application.sessions.create(LOCAL, type="example", parent_session_id=parent))
        assert code == expected
        return multiple()

    # steps

    @rule(target=interactions, session_id=sessions, client=CLIENTS, regenerate=st.sampled_from([False, False, True]))
    def next_command(self, session_id: int, client: str, regenerate: bool) -> Any:
        self.model.now = self.now
        expected, step = self.model.next_command(session_id, client, regenerate)
        code, following = self.ask(
            self.application.orchestrator.next_command(
                LOCAL, session_id=session_id, regenerate=regenerate, client_id=client
            )
        )
        assert code == expected
        if following is None:
            return multiple()
        assert following.session.pending_interaction == following.interaction
        return self.seen(session_id, following.interaction.id, step)

    def seen(self, session_id: int, interaction_id: str, step: str | None) -> Target:
        """`step`: of a new interaction; None of the pending one."""
        if step is not None:
            self.model.add(session_id, interaction_id, step)
        pending = self.model.sessions[session_id].pending
        assert pending is not None
        assert pending.id == interaction_id
        return session_id, interaction_id

    @rule(target=results, interaction=interactions, status=STATUSES, client=CLIENTS)
    def handle_result(self, interaction: Target, status: ResultStatus, client: str) -> tuple[Target, Result]:
        return self.hand_in(interaction, make_result(status), client)

    @rule(again=results, client=CLIENTS)
    def repeat_result(self, again: tuple[Target, Result], client: str) -> None:
        self.hand_in(*again, client)

    def hand_in(self, interaction: Target, result: Result, client: str) -> tuple[Target, Result]:
        session_id, interaction_id = interaction
        self.model.now = self.now
        expected = self.model.handle_result(session_id, interaction_id, client, result.status, result.id)
        code, handled = self.ask(
            self.application.result_handler.handle_result(
                LOCAL, session_id=session_id, interaction_id=interaction_id, result=result, client_id=client
            )
        )
        assert code == expected
        if handled is not None:
            assert handled.interaction.result is not None
            assert handled.interaction.result.id == result.id
        return interaction, result

    @rule(interaction=interactions, client=CLIENTS, verb=st.sampled_from(["claim", "claim", "heartbeat", "release"]))
    def hold(self, interaction: Target, client: str, verb: str) -> None:
        session_id, interaction_id = interaction
        self.model.now = self.now
        expected = getattr(self.model, verb)(session_id, interaction_id, client)
        method = getattr(self.application.claims, verb)
        code, _ = self.ask(method(LOCAL, session_id=session_id, interaction_id=interaction_id, client_id=client))
        assert code == expected

    # events

    @rule(target=batches, session_id=sessions, interaction=interactions, kinds=st.lists(EFFECTS, max_size=3))
    def handle_events(self, session_id: int, interaction: Target, kinds: list[tuple[EventType, str, str]]) -> Batch:
        """Of its own interaction or another session's, which is refused as a whole."""
        named = interaction[1] if len(kinds) == 2 else None
        events = [make_event(kind, data, interaction_id=named) for kind, _, data in kinds]
        told = [(event.uid, str(kind), value) for event, (kind, value, _) in zip(events, kinds, strict=True)]
        return self.store((session_id, named, events, told))

    @rule(batch=batches)
    def repeat_events(self, batch: Batch) -> None:
        self.store(batch)

    def store(self, batch: Batch) -> Batch:
        session_id, named, events, told = batch
        expected = self.model.events(session_id, named, told)
        code, _ = self.ask(self.application.event_handler.handle_events(LOCAL, session_id=session_id, events=events))
        assert code == expected
        return batch

    # what a person does

    @rule(session_id=sessions, client=CLIENTS, paused=st.booleans())
    def pause(self, session_id: int, client: str, paused: bool) -> None:
        lifecycle = self.application.lifecycle
        method = lifecycle.pause if paused else lifecycle.resume
        code, _ = self.ask(method(LOCAL, session_id=session_id, actor=Actor(client_id=client)))
        assert code == self.model.pause(session_id, paused)

    @rule(session_id=sessions, client=CLIENTS)
    def cancel(self, session_id: int, client: str) -> None:
        actor = Actor(client_id=client)
        code, _ = self.ask(self.application.lifecycle.cancel(LOCAL, session_id=session_id, actor=actor))
        assert code == self.model.cancel(session_id)

    @rule(session_id=sessions, client=CLIENTS)
    def reopen(self, session_id: int, client: str) -> None:
        actor = Actor(client_id=client)
        work = self.application.lifecycle.reopen(LOCAL, session_id=session_id, reason="once more", actor=actor)
        code, _ = self.ask(work)
        assert code == self.model.reopen(session_id)

    @rule(target=interactions, session_id=sessions, client=CLIENTS, mode=st.sampled_from(ExecutionMode))
    def set_mode(self, session_id: int, client: str, mode: ExecutionMode) -> Any:
        self.model.now = self.now
        expected, step = self.model.set_mode(session_id, mode)
        actor = Actor(client_id=client)
        code, session = self.ask(
            self.application.lifecycle.set_mode(LOCAL, session_id=session_id, execution_mode=mode, actor=actor)
        )
        assert code == expected
        if session is None or step is None:
            return multiple()
        assert session.pending_interaction is not None
        return self.seen(session_id, session.pending_interaction.id, step)

    @rule(interaction=interactions, client=CLIENTS)
    def edit(self, interaction: Target, client: str) -> None:
        session_id, interaction_id = interaction
        self.model.now = self.now
        work = self.application.interventions.edit(
            LOCAL,
            session_id=session_id,
            interaction_id=interaction_id,
            metadata={"note": str(self.now)},
            actor=Actor(client_id=client),
        )
        expected = self.model.edit(session_id, interaction_id, client)
        code, _ = self.ask(work)
        assert code == expected

    @rule(interaction=interactions, client=CLIENTS, is_done=st.booleans())
    def end_by_hand(self, interaction: Target, client: str, is_done: bool) -> None:
        session_id, interaction_id = interaction
        self.model.now = self.now
        expected = self.model.end_by_hand(session_id, interaction_id, client, "ok" if is_done else "warning")
        interventions, actor = self.application.interventions, Actor(client_id=client)
        target: Any = {"session_id": session_id, "interaction_id": interaction_id, "actor": actor}
        work = interventions.mark_done(LOCAL, **target) if is_done else interventions.skip(LOCAL, reason="no", **target)
        code, _ = self.ask(work)
        assert code == expected

    @rule(target=interactions, interaction=interactions, client=CLIENTS)
    def rerun(self, interaction: Target, client: str) -> Any:
        session_id, interaction_id = interaction
        self.model.now = self.now
        expected, step = self.model.rerun(session_id, interaction_id, client)
        actor = Actor(client_id=client)
        code, answer = self.ask(
            self.application.interventions.rerun(
                LOCAL, session_id=session_id, interaction_id=interaction_id, actor=actor
            )
        )
        assert code == expected
        if answer is None:
            return multiple()
        return self.seen(session_id, answer.interaction.id, step)

    @rule(session_id=sessions, client=CLIENTS)
    def delete(self, session_id: int, client: str) -> None:
        self.model.now = self.now
        expected = self.model.delete(session_id, client)
        code, _ = self.ask(
            self.application.deletion.delete(LOCAL, session_id=session_id, actor=Actor(client_id=client))
        )
        assert code == expected

    # time and crashes

    @rule(seconds=st.sampled_from([1, 14, 16]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def restart(self) -> None:
        self.close()
        self.open()

    # what must be true after each

    @invariant()
    def the_rows_are_the_models(self) -> None:
        rows = self.database.execute(
            "SELECT id, parent_session_id, status, paused_at IS NOT NULL, execution_mode, external_conversation_id,"
            " interaction_count, attempts_from, event_count FROM sessions WHERE deleted_at IS NULL"
        ).fetchall()
        assert sorted(rows) == sorted(
            (
                each.id,
                each.parent,
                each.status,
                each.paused,
                each.mode,
                each.conversation,
                len(each.interactions),
                each.attempts_from,
                len(each.uids) + each.records,
            )
            for each in self.model.sessions.values()
        )

    @invariant()
    def the_history_is_the_models(self) -> None:
        rows = self.database.execute(
            "SELECT i.session_id, i.position, i.id, i.step, i.attempt, i.superseded_at IS NOT NULL,"
            " CASE WHEN i.completed_at IS NOT NULL THEN i.result_status END FROM interactions i"
            " JOIN sessions s ON s.id = i.session_id WHERE s.deleted_at IS NULL"
        ).fetchall()
        assert sorted(rows, key=lambda row: row[:2]) == [
            (session.id, each.position, each.id, each.step, each.attempt, each.superseded, each.status)
            for session in sorted(self.model.sessions.values(), key=lambda session: session.id)
            for each in session.interactions
        ]

    @invariant()
    def counts_equal_rows_and_results_stay(self) -> None:
        counts = self.database.execute(
            "SELECT s.event_count, count(e.id), s.last_event_id, max(e.id) FROM sessions s"
            " LEFT JOIN session_events e ON e.session_id = s.id WHERE s.deleted_at IS NULL GROUP BY s.id"
        ).fetchall()
        assert all(count == rows and last == highest for count, rows, last, highest in counts)
        final = dict(
            self.database.execute(
                "SELECT i.id, i.result FROM interactions i JOIN sessions s ON s.id = i.session_id"
                " WHERE i.completed_at IS NOT NULL AND s.deleted_at IS NULL"
            )
        )
        assert all(final.get(key, value) == value for key, value in self.final.items())
        self.final |= final


TwoClients.TestCase.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestTwoClients = TwoClients.TestCase
