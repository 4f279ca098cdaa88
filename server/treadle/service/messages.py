"""What a person says to the agent that does a step: it is in the record at once, and the agent's runner delivers it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.command import CLAUDE
from treadle.domain.errors import InvalidValueError
from treadle.domain.event import EventType
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.transitions import require_not_terminal
from treadle.service.lookups import (
    require_interaction,
    require_not_completed,
    require_not_superseded,
    require_session,
)
from treadle.service.person_events import PersonEvent, record
from treadle.service.project_redaction import Redaction
from treadle.storage.database import Database
from treadle.storage.writer import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    session: Session
    uid: str
    """Of the event; the agent gets the message under this id, so that none is delivered twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)

    async def say(
        self, scope: Scope, *, session_id: int, interaction_id: str, text: str, interrupt: bool, actor: Actor
    ) -> Said:
        """Also to an agent that nobody has started yet: it gets the message after its task.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises InvalidValueError: it is blank, or the step is no agent's
        :raises TooLargeError:
        """

        def work(transaction: Transaction) -> Said:
            session = require_session(transaction.cursor, scope, session_id)
            interaction = require_interaction(transaction.cursor, session_id, interaction_id)
            require_not_completed(interaction)
            require_not_terminal(session)
            require_not_superseded(interaction)
            if interaction.command.command != CLAUDE:
                message = f"The step {interaction.step} is no agent's: nobody would read it."
                raise InvalidValueError(message, field="interactionId")
            if not text.strip():
                raise InvalidValueError("The text is blank.", field="text")
            uid, now = self.new_id(), self.clock()
            event = PersonEvent(
                event_type=EventType.SESSION_STATUS_CHANGED,
                action="said",
                interaction_id=interaction_id,
                facts=(("text", text), ("interrupt", interrupt)),
            )
            session = record(
                transaction, scope, session, event, actor=actor, now=now, new_id=lambda: uid, redaction=self.redaction
            )
            return Said(session=session, uid=uid)

        return await self.database.write(work)
