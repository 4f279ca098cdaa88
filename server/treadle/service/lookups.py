"""What every use case looks up first, and the refusal when it is not there."""

from treadle.domain.errors import (
    ClaimedError,
    InteractionCompletedError,
    InteractionNotFoundError,
    SessionNotFoundError,
    SessionTypeUnavailableError,
    UnknownSessionTypeError,
)
from treadle.domain.interaction import Interaction
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.times import iso
from treadle.storage import interactions as interaction_rows
from treadle.storage import sessions as session_rows
from treadle.storage.connections import Cursor
from treadle.workflows.contract import SessionType, Step
from treadle.workflows.registry import Registry


def require_session(cursor: Cursor, scope: Scope, session_id: int) -> Session:
    """:raises SessionNotFoundError: also when it is somebody else's"""
    session = session_rows.find(cursor, scope, session_id)
    if session is None:
        raise session_not_found(session_id)
    return session


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
        raise InteractionCompletedError(sessionId=interaction.session_id, interactionId=interaction.id)


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
    claim = interaction.claim
    if claim is None:
        return ClaimedError(interactionId=interaction.id)
    holder = claim.client_name or claim.client_id
    return ClaimedError(
        f"{holder} is executing this interaction.",
        sessionId=interaction.session_id,
        interactionId=interaction.id,
        clientId=claim.client_id,
        clientName=claim.client_name,
        claimedAt=iso(claim.claimed_at),
        expiresAt=iso(claim.expires_at),
    )


def require_type(registry: Registry, session: Session) -> SessionType:
    """:raises SessionTypeUnavailableError:"""
    try:
        return registry.get(session.type)
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
