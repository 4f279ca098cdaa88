"""Executing is exclusive: a client claims the pending interaction before it runs it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.event import EventType
from treadle.domain.interaction import CLAIM_LEASE, Claim, Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.times import iso
from treadle.domain.transitions import require_not_terminal, require_running
from treadle.domain.values import replaced
from treadle.service.lookups import (
    claimed_by_another,
    require_interaction,
    require_not_completed,
    require_not_superseded,
    require_own_claim,
    require_session,
)
from treadle.service.notices import session_updated
from treadle.service.person_events import PersonEvent, record
from treadle.service.project_redaction import Redaction
from treadle.storage import interactions as interaction_rows
from treadle.storage.database import Database
from treadle.storage.writer import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    interaction: Interaction
    taken_over: Claim | None
    """Of the holder that died while executing: the interaction was interrupted until now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)

    async def claim(
        self, scope: Scope, *, session_id: int, interaction_id: str, client_id: str, client_name: str | None = None
    ) -> Claimed:
        """Take the pending interaction, or renew one's own claim. Taking over an interrupted one is recorded.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError, SessionPausedError:
        :raises ClaimedError: names the holder
        """
        actor = Actor(client_id=client_id, client_name=client_name)

        def work(transaction: Transaction) -> Claimed:
            session, interaction = _find(transaction, scope, session_id, interaction_id)
            require_not_completed(interaction)
            require_running(session)
            require_not_superseded(interaction)
            now, held = self.clock(), interaction.claim
            if interaction.is_held_by_another(client_id, now):
                raise claimed_by_another(interaction)
            taken_over = None if held is None or held.is_live(now) else held
            if taken_over is not None:
                session = self._recorded(transaction, scope, session, _taken_over(interaction, taken_over), actor, now)
            claim = Claim(
                client_id=client_id,
                client_name=client_name,
                claimed_at=now if held is None or taken_over is not None else held.claimed_at,
                expires_at=now + CLAIM_LEASE,
            )
            transaction.announce(session_updated(session))
            return Claimed(interaction=_saved(transaction, interaction, claim), taken_over=taken_over)

        return await self.database.write(work)

    async def heartbeat(
        self, scope: Scope, *, session_id: int, interaction_id: str, client_id: str, client_name: str | None = None
    ) -> Interaction:
        """Keep one's claim alive. One that ran out comes back to life as long as nobody else has taken it.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises NotClaimedError: names the holder, if there is one
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        """

        def work(transaction: Transaction) -> Interaction:
            session, interaction = _find(transaction, scope, session_id, interaction_id)
            require_not_completed(interaction)
            require_not_terminal(session)
            require_not_superseded(interaction)
            now, claim = self.clock(), require_own_claim(interaction, client_id)
            if not claim.is_live(now):
                transaction.announce(session_updated(session))
            name = client_name or claim.client_name
            return _saved(transaction, interaction, replace(claim, client_name=name, expires_at=now + CLAIM_LEASE))

        return await self.database.write(work)

    async def release(
        self, scope: Scope, *, session_id: int, interaction_id: str, client_id: str, interrupted: bool = False
    ) -> Interaction:
        """Give one's claim back; `interrupted`: the execution was begun, and running it again needs consent.

        Of a completed interaction the claim stays, as a record of who ran it.

        :raises SessionNotFoundError, InteractionNotFoundError:
        :raises NotClaimedError: names the holder, if there is one
        """

        def work(transaction: Transaction) -> Interaction:
            session, interaction = _find(transaction, scope, session_id, interaction_id)
            claim = require_own_claim(interaction, client_id)
            if not interaction.is_pending:
                return interaction
            transaction.announce(session_updated(session))
            left = replace(claim, expires_at=min(claim.expires_at, self.clock())) if interrupted else None
            return _saved(transaction, interaction, left)

        return await self.database.write(work)

    def _recorded(
        self, transaction: Transaction, scope: Scope, session: Session, event: PersonEvent, actor: Actor, now: datetime
    ) -> Session:
        return record(
            transaction, scope, session, event, actor=actor, now=now, new_id=self.new_id, redaction=self.redaction
        )


def _find(transaction: Transaction, scope: Scope, session_id: int, interaction_id: str) -> tuple[Session, Interaction]:
    session = require_session(transaction.cursor, scope, session_id)
    return session, require_interaction(transaction.cursor, session_id, interaction_id)


def _taken_over(interaction: Interaction, held: Claim) -> PersonEvent:
    holder = {
        "client_id": held.client_id,
        "client_name": held.client_name,
        "claimed_at": iso(held.claimed_at),
        "expired_at": iso(held.expires_at),
    }
    return PersonEvent(
        event_type=EventType.SESSION_STATUS_CHANGED,
        action="taken_over",
        interaction_id=interaction.id,
        facts=(("step", interaction.step), ("from", holder)),
    )


def _saved(transaction: Transaction, interaction: Interaction, claim: Claim | None) -> Interaction:
    interaction_rows.save_claim(transaction.cursor, interaction.id, claim)
    return replaced(interaction, claim=claim)
