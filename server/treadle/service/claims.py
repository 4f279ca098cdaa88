"""Executing is exclusive: a client claims the pending interaction before it runs it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from treadle.domain.interaction import CLAIM_LEASE, Claim, Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.transitions import require_not_terminal, require_running
from treadle.service.lookups import (
    claimed_by_another,
    require_interaction,
    require_not_completed,
    require_not_superseded,
    require_own_claim,
    require_session,
)
from treadle.service.notices import session_updated
from treadle.storage import interactions as interaction_rows
from treadle.storage.database import Database
from treadle.storage.writer import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    database: Database
    clock: Callable[[], datetime]

    async def claim(
        self, scope: Scope, *, session_id: int, interaction_id: str, client_id: str, client_name: str | None = None
    ) -> Interaction:
        """Take the pending interaction, or renew one's own claim.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError, SessionPausedError:
        :raises ClaimedError: names the holder
        """

        def work(transaction: Transaction) -> Interaction:
            session, interaction = _find(transaction, scope, session_id, interaction_id)
            require_not_completed(interaction)
            require_running(session)
            require_not_superseded(interaction)
            now, held = self.clock(), interaction.claim
            if interaction.is_held_by_another(client_id, now):
                raise claimed_by_another(interaction)
            claimed_at = held.claimed_at if held is not None and held.is_live(now) else now
            claim = Claim(
                client_id=client_id, client_name=client_name, claimed_at=claimed_at, expires_at=now + CLAIM_LEASE
            )
            transaction.announce(session_updated(session))
            return _saved(transaction, interaction, claim)

        return await self.database.write(work)

    async def heartbeat(
        self, scope: Scope, *, session_id: int, interaction_id: str, client_id: str, client_name: str | None = None
    ) -> Interaction:
        """Keep one's claim alive. One that ran out comes back to life as long as nobody else has taken it.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError, NotClaimedError:
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

    async def release(self, scope: Scope, *, session_id: int, interaction_id: str, client_id: str) -> Interaction:
        """Give one's claim back. Of a completed interaction it stays, as a record of who ran it.

        :raises SessionNotFoundError, InteractionNotFoundError, NotClaimedError:
        """

        def work(transaction: Transaction) -> Interaction:
            session, interaction = _find(transaction, scope, session_id, interaction_id)
            require_own_claim(interaction, client_id)
            if not interaction.is_pending:
                return interaction
            transaction.announce(session_updated(session))
            return _saved(transaction, interaction, None)

        return await self.database.write(work)


def _find(transaction: Transaction, scope: Scope, session_id: int, interaction_id: str) -> tuple[Session, Interaction]:
    session = require_session(transaction.cursor, scope, session_id)
    return session, require_interaction(transaction.cursor, session_id, interaction_id)


def _saved(transaction: Transaction, interaction: Interaction, claim: Claim | None) -> Interaction:
    interaction_rows.save_claim(transaction.cursor, interaction.id, claim)
    return replace(interaction, claim=claim)
