"""Results by themselves: what makes one, and how the pending one of a running step goes on changing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from treadle.domain.errors import InvalidValueError, NotClaimedError, ResultNotFoundError
from treadle.domain.result import Result
from treadle.domain.scope import Scope
from treadle.domain.times import EARLIEST, LATEST, microseconds
from treadle.domain.transitions import require_not_terminal
from treadle.protocol.entities import ResultInput
from treadle.protocol.interactions import ResultCreateParams
from treadle.service.completion import HandledResult, complete_session_interaction
from treadle.service.lookups import (
    claimed_by_another,
    require_interaction,
    require_not_completed,
    require_not_superseded,
    require_own_claim,
    require_session,
)
from treadle.service.project_redaction import Redaction
from treadle.storage.database import Database
from treadle.storage.values import json_text
from treadle.storage.writer import Transaction
from treadle.workflows.contract import StepOutcome


def checked(report: ResultInput, now: datetime) -> Result:
    """The result that a client reports. Its time, when it names none, is now.

    :raises InvalidValueError: it is no result
    """
    return _checked(report, report.id, now)


def _checked(report: ResultInput | ResultCreateParams, result_id: str, now: datetime) -> Result:
    timestamp = report.timestamp or now
    if not EARLIEST <= microseconds(timestamp) <= LATEST:
        raise InvalidValueError("The result's time is out of range.", field="timestamp")
    _require_json(report.data)
    return Result(
        id=result_id,
        status=report.status,
        timestamp=timestamp,
        data=report.data,
        code=report.code,
        error_message=report.error_message,
        stdout=report.stdout,
        stderr=report.stderr,
        duration_ms=report.duration_ms,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)

    def create(self, draft: ResultCreateParams) -> Result:
        """The whole result, as `handle_result` would keep it, with an id if it has none. Nothing is stored.

        :raises InvalidValueError: it is no result
        """
        return _checked(draft, draft.id or self.new_id(), self.clock()).clipped()

    async def update(
        self, scope: Scope, *, session_id: int, interaction_id: str, client_id: str, changes: Mapping[str, object]
    ) -> HandledResult:
        """Change members of the pending result of an interaction that the client is executing; it stays pending.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises InvalidValueError, ClaimedError, NotClaimedError, ResultNotFoundError:
        """

        def work(transaction: Transaction) -> HandledResult:
            session = require_session(transaction.cursor, scope, session_id)
            interaction = require_interaction(transaction.cursor, session_id, interaction_id)
            require_not_completed(interaction)
            require_not_terminal(session)
            require_not_superseded(interaction)
            _require_json(changes.get("data"))
            now = self.clock()
            if interaction.is_held_by_another(client_id, now):
                raise claimed_by_another(interaction)
            if not require_own_claim(interaction, client_id).is_live(now):
                raise NotClaimedError(
                    "This client's claim of the interaction has run out.",
                    sessionId=session_id,
                    interactionId=interaction_id,
                )
            if interaction.result is None:
                raise ResultNotFoundError(sessionId=session_id, interactionId=interaction_id)
            if not changes:
                return HandledResult(session=session, interaction=interaction)
            redactor = self.redaction.of(transaction.cursor, session.project_id)
            changed = redactor.result(replace(interaction.result, **changes))  # type: ignore[arg-type]
            outcome = StepOutcome(result=changed)
            return complete_session_interaction(transaction, session, interaction, outcome, now, redactor)

        return await self.database.write(work)


def _require_json(data: object) -> None:
    """Not every number of JSON can be kept: some have more than 64 bits.

    :raises InvalidValueError:
    """
    try:
        json_text(data)
    except InvalidValueError as error:
        raise InvalidValueError(error.message, field="data") from error
