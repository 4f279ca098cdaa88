"""What every use case looks up first, and the refusal when it is not there."""

from treadle.domain.errors import (
    ClaimedError,
    InteractionCompletedError,
    InteractionNotFoundError,
    NotClaimedError,
    SessionNotFoundError,
    SessionTypeUnavailableError,
    UnknownSessionTypeError,
)
from treadle.domain.interaction import Claim, Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.times import iso
from treadle.service import workflow_types
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.storage.scoping import is_in_scope
from treadle.storage.writer import Transaction
from treadle.workflows.contract import SessionType, Step
from treadle.workflows.registry import Registry


def require_session(cursor: Cursor, scope: Scope, session_id: int) -> Session:
    """:raises SessionNotFoundError: also when it is somebody else's"""
    session = session_rows.find(cursor, scope, session_id)
    if session is None:
        raise session_not_found(session_id)
    return session


def require_head(transaction: Transaction, scope: Scope, session_id: int) -> Session:
    """The same for what comes with every step: a session that was just written need not be read.

    :raises SessionNotFoundError: also when it is somebody else's
    """
    session = transaction.heads.get(session_id)
    if session is not None and is_in_scope(scope, session):
        return session
    session = require_session(transaction.cursor, scope, session_id)
    transaction.heads.keep(session)
    return session


def last_completed(transaction: Transaction, session: Session) -> Interaction | None:
    """The session's last interaction that has a final result and was not superseded."""
    known = transaction.heads.last_completed(session.id)
    return interaction_rows.last_completed(transaction.cursor, session.id) if known is None else known


def session_not_found(session_id: int) -> SessionNotFoundError:
    return SessionNotFoundError(f"There is no session {session_id}.", sessionId=session_id)


def require_interaction(cursor: Cursor, session_id: int, interaction_id: str) -> Interaction:
    """:raises InteractionNotFoundError:"""
    interaction = interaction_rows.find(cursor, session_id, interaction_id)
    if interaction is None:
        raise InteractionNotFoundError(
            f"The session {session_id} has no interaction {interaction_id}.",
            sessionId=session_id,
            interactionId=interaction_id,
        )
    return interaction


def require_not_completed(interaction: Interaction) -> None:
    """:raises InteractionCompletedError:"""
    if interaction.is_completed:
        raise already_completed(interaction)


def already_completed(interaction: Interaction) -> InteractionCompletedError:
    """Names the result that won, and who was executing then."""
    claim, completed_at = interaction.claim, interaction.completed_at
    return InteractionCompletedError(
        sessionId=interaction.session_id,
        interactionId=interaction.id,
        resultId=None if interaction.result is None else interaction.result.id,
        completedAt=None if completed_at is None else iso(completed_at),
        clientId=None if claim is None else claim.client_id,
        clientName=None if claim is None else claim.client_name,
    )


def require_not_superseded(interaction: Interaction) -> None:
    """:raises InteractionCompletedError:"""
    if interaction.superseded_at is not None:
        raise InteractionCompletedError(
            "The interaction was superseded by a new one.",
            sessionId=interaction.session_id,
            interactionId=interaction.id,
            superseded=True,
        )


def claimed_by_another(interaction: Interaction) -> ClaimedError:
    """Names the holder of a claimed interaction."""
    executed = f"the step {interaction.step} of session {interaction.session_id}"
    return ClaimedError(f"{_name_of_holder(interaction)} is executing {executed}.", **_held(interaction))


def require_own_claim(interaction: Interaction, client_id: str) -> Claim:
    """:raises NotClaimedError: names who took it, if anybody did"""
    claim = interaction.claim
    if claim is None:
        raise NotClaimedError(None, **_held(interaction))
    if claim.client_id != client_id:
        message = f"This client does not hold the interaction; {_name_of_holder(interaction)} took it."
        raise NotClaimedError(message, **_held(interaction))
    return claim


def _held(interaction: Interaction) -> dict[str, object]:
    claim = interaction.claim
    return {
        "sessionId": interaction.session_id,
        "interactionId": interaction.id,
        "clientId": None if claim is None else claim.client_id,
        "clientName": None if claim is None else claim.client_name,
        "claimedAt": None if claim is None else iso(claim.claimed_at),
        "expiresAt": None if claim is None else iso(claim.expires_at),
    }


def _name_of_holder(interaction: Interaction) -> str:
    claim = interaction.claim
    return "Nobody" if claim is None else claim.client_name or claim.client_id


def require_type(registry: Registry, session: Session) -> SessionType:
    """:raises SessionTypeUnavailableError:"""
    try:
        return workflow_types.kept(session) or registry.get(session.type)
    except UnknownSessionTypeError as error:
        raise SessionTypeUnavailableError(
            f"The session type {session.type} is not installed any more.", type=session.type
        ) from error


def require_step(session_type: SessionType, name: str) -> Step:
    """:raises SessionTypeUnavailableError: another version of the type made the interaction"""
    step = session_type.step(name)
    if step is None:
        raise SessionTypeUnavailableError(
            f"The installed session type {session_type.id} has no step {name}.", type=session_type.id, step=name
        )
    return step
