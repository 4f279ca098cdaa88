"""The contract of sessions of the type `example`, as simply as it can be said: what each request must answer.

It shares no code with the service. A request answers None when it is accepted, else the code of its refusal; what it
changes is changed here too.
"""

from dataclasses import dataclass, field

LEASE_SECONDS = 15
MAX_ATTEMPTS = 5
MAX_STEPS = 12
GOOD = ("ok", "warning")


@dataclass
class ModelInteraction:
    id: str
    step: str
    position: int
    attempt: int
    status: str | None = None
    """Of its final result."""
    result_id: str | None = None
    superseded: bool = False
    holder: str | None = None
    expires: float = 0.0

    @property
    def is_pending(self) -> bool:
        return self.status is None and not self.superseded

    def is_live(self, now: float) -> bool:
        return self.holder is not None and now < self.expires

    def is_held_by_another(self, client: str, now: float) -> bool:
        return self.is_live(now) and self.holder != client


@dataclass
class ModelSession:
    id: int
    parent: int | None = None
    mode: str = "manual"
    status: str = "active"
    paused: bool = False
    conversation: str | None = None
    attempts_from: int = 0
    interactions: list[ModelInteraction] = field(default_factory=list)
    uids: set[str] = field(default_factory=set)
    """Of the events that clients reported."""
    records: int = 0
    """Events of what a person did."""
    ends: int = 0
    """How often it has ended."""

    @property
    def pending(self) -> ModelInteraction | None:
        return next((each for each in self.interactions if each.is_pending), None)

    @property
    def terminal_code(self) -> str | None:
        return None if self.status == "active" else self.status

    def end(self, status: str) -> None:
        """Only an active session is paused."""
        self.status, self.paused = status, False
        self.ends += 1

    def find(self, interaction_id: str) -> ModelInteraction | None:
        return next((each for each in self.interactions if each.id == interaction_id), None)

    def next_step(self) -> str | None:
        """write → check; check that failed → fix → check; anything else that failed → the same step again."""
        done = [each for each in self.interactions if each.status is not None]
        if not done:
            return "write"
        step, good = done[-1].step, done[-1].status in GOOD
        return {
            ("write", True): "check",
            ("write", False): "write",
            ("check", True): None,
            ("check", False): "fix",
            ("fix", True): "check",
            ("fix", False): "fix",
        }[step, good]

    def attempt(self, step: str) -> int:
        """Nobody counts on where the cap is reached."""
        count = 1
        for each in self.interactions[self.attempts_from :]:
            if each.step == step and each.status is not None:
                count = 1 if each.status in GOOD else count + 1
        return min(count, MAX_ATTEMPTS + 1)

    @property
    def steps_are_used_up(self) -> bool:
        return len(self.interactions) - self.attempts_from >= MAX_STEPS


@dataclass
class Model:
    sessions: dict[int, ModelSession] = field(default_factory=dict)
    now: float = 0.0

    def family(self, session_id: int) -> list[ModelSession]:
        """The session and its descendants."""
        found = [self.sessions[session_id]]
        for session in found:
            found += [each for each in self.sessions.values() if each.parent == session.id]
        return found

    def create(self, session_id: int, parent: int | None) -> None:
        self.sessions[session_id] = ModelSession(id=session_id, parent=parent)

    def create_code(self, parent: int | None) -> str | None:
        if parent is None:
            return None
        return "session_not_found" if parent not in self.sessions else self.sessions[parent].terminal_code

    def next_command(self, session_id: int, client: str, regenerate: bool) -> tuple[str | None, str | None]:
        """A refusal, or None and the step of a new interaction, or twice None for the pending one as it is."""
        session = self.sessions.get(session_id)
        if session is None:
            return "session_not_found", None
        if session.terminal_code or session.paused:
            return session.terminal_code or "paused", None
        pending = session.pending
        if pending is not None:
            if not regenerate:
                return None, None
            if pending.is_held_by_another(client, self.now):
                return "claimed", None
            return self._made_anew(session, pending)
        return self._new(session)

    def _made_anew(self, session: ModelSession, pending: ModelInteraction) -> tuple[str | None, str | None]:
        """Of the same step, and no further attempt of it."""
        pending.superseded = True
        if session.steps_are_used_up:
            session.end("failed")
            return "failed", None
        return None, pending.step

    def _new(self, session: ModelSession) -> tuple[str | None, str | None]:
        step = session.next_step()
        if step is None:
            session.end("complete")
            return "complete", None
        if session.attempt(step) > MAX_ATTEMPTS or session.steps_are_used_up:
            session.end("failed")
            return "failed", None
        return None, step

    def add(self, session_id: int, interaction_id: str, step: str) -> ModelInteraction:
        session = self.sessions[session_id]
        interaction = ModelInteraction(
            id=interaction_id, step=step, position=len(session.interactions) + 1, attempt=session.attempt(step)
        )
        session.interactions.append(interaction)
        return interaction

    def _target(
        self, session_id: int, interaction_id: str, *, needs_running: bool = False
    ) -> tuple[str | None, ModelSession, ModelInteraction]:
        """The refusal of a request about an interaction that must be pending."""
        nothing = ModelSession(id=0), ModelInteraction(id="", step="", position=0, attempt=0)
        session = self.sessions.get(session_id)
        if session is None:
            return "session_not_found", *nothing
        interaction = session.find(interaction_id)
        if interaction is None:
            return "interaction_not_found", *nothing
        code = "interaction_completed" if interaction.status is not None else session.terminal_code
        if code is None and needs_running and session.paused:
            code = "paused"
        if code is None and interaction.superseded:
            code = "interaction_completed"
        return code, session, interaction

    def handle_result(
        self, session_id: int, interaction_id: str, client: str, status: str, result_id: str
    ) -> str | None:
        code, _, interaction = self._target(session_id, interaction_id)
        if interaction.status is not None:
            return None if interaction.result_id == result_id else code
        if code is None and interaction.is_held_by_another(client, self.now):
            code = "claimed"
        if code is None and status != "pending":
            interaction.status, interaction.result_id = status, result_id
        return code

    def claim(self, session_id: int, interaction_id: str, client: str) -> str | None:
        code, session, interaction = self._target(session_id, interaction_id, needs_running=True)
        if code is None and interaction.is_held_by_another(client, self.now):
            code = "claimed"
        if code is None:
            was_interrupted = interaction.holder is not None and not interaction.is_live(self.now)
            session.records += was_interrupted
            interaction.holder, interaction.expires = client, self.now + LEASE_SECONDS
        return code

    def heartbeat(self, session_id: int, interaction_id: str, client: str) -> str | None:
        code, _, interaction = self._target(session_id, interaction_id)
        if code is None and interaction.holder != client:
            code = "not_claimed"
        if code is None:
            interaction.expires = self.now + LEASE_SECONDS
        return code

    def release(self, session_id: int, interaction_id: str, client: str) -> str | None:
        code, _, interaction = self._target(session_id, interaction_id)
        if code in ("session_not_found", "interaction_not_found"):
            return code
        if interaction.holder != client:
            return "not_claimed"
        if interaction.is_pending:
            interaction.holder = None
        return None

    def events(self, session_id: int, named: str | None, events: list[tuple[str, str, str]]) -> str | None:
        """`events`: uid, type, and the status or conversation that it names."""
        session = self.sessions.get(session_id)
        if session is None:
            return "session_not_found"
        if named is not None and events and session.find(named) is None:
            return "event_invalid"
        for uid, event_type, value in events:
            if uid not in session.uids:
                session.uids.add(uid)
                self._effect(session, event_type, value)
        return None

    def _effect(self, session: ModelSession, event_type: str, value: str) -> None:
        if event_type == "conversation_started":
            session.conversation = session.conversation or value
        if session.status != "active":
            return
        if event_type == "session_paused":
            session.paused = True
        elif event_type == "session_resumed":
            session.paused = False
        elif event_type == "session_status_changed" and value in ("failed", "cancelled"):
            session.end(value)

    # what a person does

    def pause(self, session_id: int, paused: bool) -> str | None:
        session = self.sessions.get(session_id)
        if session is None or session.terminal_code:
            return "session_not_found" if session is None else session.terminal_code
        if session.paused != paused:
            session.paused = paused
            session.records += 1
        return None

    def cancel(self, session_id: int) -> str | None:
        session = self.sessions.get(session_id)
        if session is None or session.terminal_code:
            return "session_not_found" if session is None else session.terminal_code
        for each in self.family(session_id):
            if each.status == "active":
                each.end("cancelled")
                each.records += 1
        return None

    def reopen(self, session_id: int) -> str | None:
        session = self.sessions.get(session_id)
        if session is None or session.status == "active":
            return "session_not_found" if session is None else "active"
        session.status, session.paused = "active", False
        session.attempts_from = len(session.interactions)
        session.records += 1
        return None

    def set_mode(self, session_id: int, mode: str) -> tuple[str | None, str | None]:
        """As `next_command`: a refusal, or the step of the interaction that is made anew."""
        session = self.sessions.get(session_id)
        if session is None or session.terminal_code:
            return "session_not_found" if session is None else session.terminal_code, None
        if session.mode == mode:
            return None, None
        session.mode = mode
        session.records += 1
        pending = session.pending
        if pending is None or pending.is_live(self.now):
            return None, None
        return self._made_anew(session, pending)

    def edit(self, session_id: int, interaction_id: str, client: str) -> str | None:
        code, session, interaction = self._target(session_id, interaction_id)
        if code is None and interaction.is_held_by_another(client, self.now):
            code = "claimed"
        if code is None:
            session.records += 1
        return code

    def end_by_hand(self, session_id: int, interaction_id: str, client: str, status: str) -> str | None:
        code = self.edit(session_id, interaction_id, client)
        if code is None:
            _, _, interaction = self._target(session_id, interaction_id)
            interaction.status = status
        return code

    def rerun(self, session_id: int, interaction_id: str, client: str) -> tuple[str | None, str | None]:
        session = self.sessions.get(session_id)
        if session is None:
            return "session_not_found", None
        interaction = session.find(interaction_id)
        if interaction is None or session.terminal_code:
            return "interaction_not_found" if interaction is None else session.terminal_code, None
        if interaction.status is None:
            return "invalid_params", None
        pending = session.pending
        if pending is not None and pending.is_held_by_another(client, self.now):
            return "claimed", None
        if session.steps_are_used_up:
            return "step_limit", None
        if pending is not None:
            pending.superseded = True
        session.records += 1
        return None, interaction.step

    def delete(self, session_id: int, client: str) -> str | None:
        if session_id not in self.sessions:
            return "session_not_found"
        family = self.family(session_id)
        for each in family:
            if each.status == "active" and each.pending and each.pending.is_held_by_another(client, self.now):
                return "claimed"
        for each in family:
            del self.sessions[each.id]
        return None
