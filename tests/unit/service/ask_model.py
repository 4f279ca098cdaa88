"""The contract of asks beside that of sessions whose step `fix` asks a person, as simply as it can be said."""

from dataclasses import dataclass, field

from tests.unit.service.model import Model, ModelInteraction, ModelSession

ASKING_STEP = "fix"


@dataclass
class ModelAsk:
    id: int
    session: ModelSession
    uid: str
    interaction: ModelInteraction | None
    ends: int
    """How often the session had ended then: what it asked before, it asks no more."""
    closed: str | None = None

    @property
    def is_open(self) -> bool:
        lasts = self.interaction is None or self.interaction.is_pending
        return self.closed is None and lasts and self.session.ends == self.ends


def step_asks(session: ModelSession) -> bool:
    pending = session.pending
    return session.status == "active" and pending is not None and pending.step == ASKING_STEP


@dataclass
class AskModel(Model):
    asks: dict[int, ModelAsk] = field(default_factory=dict)
    """Of the agents; those of steps are as their interactions."""

    def open_asks(self, session: ModelSession) -> int:
        return sum(each.session is session and each.is_open for each in self.asks.values()) + step_asks(session)

    def create_ask(self, session_id: int, uid: str, interaction_id: str | None) -> tuple[str | None, int | None]:
        """A refusal, or the id of the known ask, or twice None for a new one."""
        session = self.sessions.get(session_id)
        if session is None:
            return "session_not_found", None
        known = next((each.id for each in self.asks.values() if (each.session, each.uid) == (session, uid)), None)
        if known is not None or session.terminal_code:
            return (None, known) if known is not None else (session.terminal_code, None)
        if session.find(uid) is not None:
            return "invalid_params", None
        if interaction_id is None:
            return None, None
        interaction = session.find(interaction_id)
        if interaction is None:
            return "interaction_not_found", None
        return (None, None) if interaction.is_pending else ("interaction_completed", None)

    def add_ask(self, ask_id: int, session_id: int, uid: str, interaction_id: str | None) -> None:
        session = self.sessions[session_id]
        session.records += 1
        interaction = None if interaction_id is None else session.find(interaction_id)
        self.asks[ask_id] = ModelAsk(ask_id, session, uid, interaction, session.ends)

    def close_ask(self, ask_id: int, closed: str) -> str | None:
        """`closed`: answered or withdrawn, for which a second time is no trouble."""
        ask = self.asks[ask_id]
        if ask.session.id not in self.sessions:
            return "ask_not_found"
        if not ask.is_open:
            was_answered = ask.closed == "answered"
            return None if closed == "withdrawn" and not was_answered else "ask_closed"
        ask.closed = closed
        ask.session.records += 1
        return None

    def answer_step(self, session_id: int, interaction_id: str, client: str) -> str | None:
        session = self.sessions.get(session_id)
        if session is None:
            return "ask_not_found"
        interaction = session.find(interaction_id)
        assert interaction is not None
        if not interaction.is_pending or session.status != "active":
            return "ask_closed"
        if interaction.is_held_by_another(client, self.now):
            return "claimed"
        interaction.status, interaction.result_id = "ok", f"{interaction_id}:answer"
        session.records += 1
        return None
