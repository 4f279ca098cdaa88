"""Asks of two clients in any order, with restarts: however they come to an end, the counts are those of the rows."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, multiple, rule

from tests.factories import EXAMPLE, FixStep
from tests.unit.service.ask_model import ASKING_STEP, AskModel
from tests.unit.service.asking import wanted
from tests.unit.service.test_two_clients import CLIENTS, Target, TwoClients
from treadle.domain.actor import Actor
from treadle.domain.command import ASK, Command
from treadle.domain.scope import LOCAL
from treadle.workflows.contract import StepContext

pytestmark = pytest.mark.requirement("session.counts", "ask.ends-with-its-session", "ask.uid-makes-retry-harmless")

UIDS = st.sampled_from(["a", "b", "c", "d"])


class AskingFixStep(FixStep):
    def get_command(self, context: StepContext) -> Command:
        return self.command(context, ASK, question="Mended?", answers=[{"name": "yes", "status": "ok"}])


class AskingClients(TwoClients):
    asks = Bundle("asks")
    type = replace(EXAMPLE, detours=(AskingFixStep(),))
    model: AskModel

    def new_model(self) -> AskModel:
        return AskModel()

    @rule(target=asks, session_id=TwoClients.sessions, uid=UIDS)
    def ask_of_session(self, session_id: int, uid: str) -> Any:
        return self.asked(session_id, uid, None)

    @rule(target=asks, interaction=TwoClients.interactions, uid=UIDS, own=st.sampled_from([True, True, True, False]))
    def ask_of_step(self, interaction: Target, uid: str, own: bool) -> Any:
        """With the id of the step as its uid it is refused."""
        return self.asked(interaction[0], uid if own else interaction[1], interaction[1])

    @rule(target=asks, session_id=TwoClients.sessions, interaction=TwoClients.interactions, uid=UIDS)
    def ask_of_some_step(self, session_id: int, interaction: Target, uid: str) -> Any:
        return self.asked(session_id, uid, interaction[1])

    def asked(self, session_id: int, uid: str, interaction_id: str | None) -> Any:
        expected, known = self.model.create_ask(session_id, uid, interaction_id)
        new = wanted(session_id, uid, interaction_id=interaction_id)
        step = self.model.sessions.get(session_id)
        if step is not None and (found := step.find(uid)) is not None and found.step == ASKING_STEP:
            return multiple()  # the step's own ask is answered as the known one
        code, ask = self.ask(self.application.asks.create(LOCAL, wanted=new, actor=Actor(client_id="agent")))
        assert code == expected
        if ask is None:
            return multiple()
        if known is None:
            self.model.add_ask(ask.id, session_id, uid, interaction_id)
        assert ask.id == known or known is None
        return ask.id

    @rule(ask_id=asks, client=CLIENTS)
    def answer(self, ask_id: int, client: str) -> None:
        code, ask = self.ask(
            self.application.asks.answer(
                LOCAL, ask_id=ask_id, answer="yes", comment=None, actor=Actor(client_id=client)
            )
        )
        assert code == self.model.close_ask(ask_id, "answered")
        assert ask is None or ask.answered_by == client

    @rule(ask_id=asks, client=CLIENTS)
    def withdraw(self, ask_id: int, client: str) -> None:
        work = self.application.asks.withdraw(LOCAL, ask_id=ask_id, reason="gone", actor=Actor(client_id=client))
        code, _ = self.ask(work)
        assert code == self.model.close_ask(ask_id, "withdrawn")

    @rule(interaction=TwoClients.interactions, client=CLIENTS)
    def answer_step(self, interaction: Target, client: str) -> None:
        session_id, interaction_id = interaction
        row = self.database.execute("SELECT id FROM asks WHERE uid = ?", (interaction_id,)).fetchone()
        if row is None:
            return
        self.model.now = self.now
        expected = self.model.answer_step(session_id, interaction_id, client)
        code, _ = self.ask(
            self.application.asks.answer(
                LOCAL, ask_id=row[0], answer="yes", comment=None, actor=Actor(client_id=client)
            )
        )
        assert code == expected

    @invariant()
    def the_counts_are_the_rows_and_the_models(self) -> None:
        rows = self.database.execute(
            "SELECT s.id, s.open_ask_count, count(a.id) FROM sessions s LEFT JOIN asks a ON a.session_id = s.id"
            " AND a.status = 'open' WHERE s.deleted_at IS NULL GROUP BY s.id"
        ).fetchall()
        counts = {each.id: self.model.open_asks(each) for each in self.model.sessions.values()}
        assert {session_id: count for session_id, count, _ in rows} == counts
        assert {session_id: count for session_id, _, count in rows} == counts


AskingClients.TestCase.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAskingClients = AskingClients.TestCase
