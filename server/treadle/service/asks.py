"""`ask/*`: durable questions to a person, answered from any client; the first answer wins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.ask import DENY, Ask, AskKind, AskOption, AskStatus
from treadle.domain.errors import AskClosedError, AskNotFoundError, InvalidValueError, TooLargeError
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.times import iso
from treadle.domain.transitions import require_not_terminal
from treadle.domain.values import replaced
from treadle.protocol.asks import MAX_DETAILS_BYTES
from treadle.service import ask_records
from treadle.service.answers import require_no_own_answer, require_no_own_ask
from treadle.service.ask_expiry import AskExpiry
from treadle.service.ask_records import Recording
from treadle.service.lookups import (
    require_head,
    require_interaction,
    require_not_completed,
    require_not_superseded,
)
from treadle.service.project_redaction import Redaction
from treadle.service.redaction import Redactor
from treadle.service.result_handler import ResultHandler
from treadle.storage import asks as ask_rows
from treadle.storage import cursors
from treadle.storage import interactions as interaction_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.values import byte_size, json_text
from treadle.storage.writer import Transaction

MAX_OPEN = 200
"""Of one session. An agent that asks more has gone astray."""
CURSORS = "asks"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAsk:
    session_id: int
    interaction_id: str | None
    uid: str
    kind: AskKind
    question: str
    details: Mapping[str, object]
    options: Sequence[AskOption]
    asked_by: str
    expires_at: datetime | None
    default_answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    database: Database
    result_handler: ResultHandler
    expiry: AskExpiry
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    redaction: Redaction = field(default_factory=Redaction)

    async def create(self, scope: Scope, *, wanted: NewAsk, actor: Actor) -> Ask:
        """Ask a person; the same uid again is answered with the ask as it is now.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises InvalidValueError: two options have one name, the default is none of them or allows something, the uid
            is that of a step, or too many asks are open
        :raises OwnAskError: the client was started by the agent of this session, which has nothing to ask but questions
        :raises TooLargeError: the details
        """
        _check(wanted)

        def work(transaction: Transaction) -> Ask:
            session = require_head(transaction, scope, wanted.session_id)
            known = ask_rows.by_uid(transaction.cursor, session.id, wanted.uid)
            if known is not None:
                return known
            _require_may_ask(transaction, session, wanted)
            if wanted.kind is not AskKind.QUESTION:
                require_no_own_ask(transaction.cursor, session, actor)
            recording = self._recording(actor)
            ask = self._made(wanted, self.redaction.of(transaction.cursor, session.project_id))
            return ask_records.opened(transaction, scope, session, ask, recording=recording)[1]

        ask = await self.database.write(work)
        self.expiry.wake()
        return ask

    def _made(self, wanted: NewAsk, redactor: Redactor) -> Ask:
        """Without its id, and without secrets: it stays in the record."""
        return Ask(
            id=0,
            uid=wanted.uid,
            session_id=wanted.session_id,
            interaction_id=wanted.interaction_id,
            kind=wanted.kind,
            question=redactor.value(wanted.question),
            details=redactor.value(wanted.details),
            options=tuple(wanted.options),
            asked_by=redactor.value(wanted.asked_by),
            asked_at=self.clock(),
            expires_at=wanted.expires_at,
            default_answer=wanted.default_answer,
        )

    async def get(self, scope: Scope, *, ask_id: int) -> Ask:
        """:raises AskNotFoundError:"""
        return await self.database.read(lambda rows: _require_ask(rows, scope, ask_id))

    async def list(
        self,
        scope: Scope,
        *,
        session_id: int | None,
        status: AskStatus | None,
        kind: AskKind | None,
        cursor: str | None,
        limit: int,
    ) -> tuple[list[Ask], str | None]:
        """A page, oldest first, and the cursor of the next one.

        :raises InvalidValueError: the cursor is none of this list
        """
        after = 0 if cursor is None else int(cursors.decode(CURSORS, cursor, int)[0])

        def work(rows: Cursor) -> list[Ask]:
            return ask_rows.page(
                rows, scope, session_id=session_id, status=status, kind=kind, after=after, limit=limit + 1
            )

        found = await self.database.read(work)
        shown = found[:limit]
        return shown, cursors.encode(CURSORS, shown[-1].id) if len(found) > limit else None

    async def answer(self, scope: Scope, *, ask_id: int, answer: str, comment: str | None, actor: Actor) -> Ask:
        """Answer an open ask. That of a step ends the step with this answer as its result.

        :raises AskNotFoundError:
        :raises AskClosedError: names what has become of it, and who answered what
        :raises OwnAskError: the client was started by the agent of this session
        :raises InvalidValueError: that is no answer to it
        :raises SessionTypeUnavailableError, StepFailedError: of a step's question; nothing was changed
        """

        def work(transaction: Transaction) -> Ask:
            ask = _require_ask(transaction.cursor, scope, ask_id)
            _require_open(ask)
            session = require_head(transaction, scope, ask.session_id)
            require_no_own_answer(transaction.cursor, session, actor)
            if answer not in ask.option_names:
                names = ", ".join(ask.option_names)
                raise InvalidValueError(f"{answer!r:.100} is no answer; there are: {names}.", field="answer")
            if ask.uid == ask.interaction_id:
                return self._answer_step(transaction, scope, ask, answer, comment, actor)
            recording = self._recording(actor)
            now, told = recording.now, self.redaction.of(transaction.cursor, session.project_id).value(comment)
            answered = replaced(
                ask, status=AskStatus.ANSWERED, answer=answer, comment=told, answered_by=actor.name, closed_at=now
            )
            facts = (("answer", answer), ("comment", comment))
            session = ask_records.told(transaction, scope, session, ask, "answered", facts, recording=recording)
            ask_records.closed(transaction, session, answered, now)
            return answered

        return await self.database.write(work)

    def _answer_step(
        self, transaction: Transaction, scope: Scope, ask: Ask, answer: str, comment: str | None, actor: Actor
    ) -> Ask:
        result = Result(
            id=f"{ask.uid}:answer",
            status=ResultStatus.OK,
            timestamp=self.clock(),
            data={"answer": answer, "comment": comment},
        )
        handled = self.result_handler.handle(transaction, scope, ask.session_id, ask.uid, result, actor)
        if not handled.interaction.is_completed:
            made = handled.interaction.result
            verdict = "" if made is None else str(made.data.get("verdict") or "")
            raise InvalidValueError(verdict or "The answer was not understood.", field="answer")
        return _require_ask(transaction.cursor, scope, ask.id)

    async def withdraw(self, scope: Scope, *, ask_id: int, reason: str, actor: Actor) -> Ask:
        """Nobody needs the answer any more. One that is withdrawn already is answered as it is.

        :raises AskNotFoundError:
        :raises AskClosedError: it was answered, or it expired
        :raises OwnAskError: the client was started by the agent of this session, which asked no question
        :raises InvalidValueError: a step asks it, which is skipped or answered instead
        """

        def work(transaction: Transaction) -> Ask:
            ask = _require_ask(transaction.cursor, scope, ask_id)
            if ask.status is AskStatus.WITHDRAWN:
                return ask
            _require_open(ask)
            if ask.uid == ask.interaction_id:
                raise InvalidValueError("A step asks this: answer it, or skip the step.", field="askId")
            session, recording = require_head(transaction, scope, ask.session_id), self._recording(actor)
            if ask.kind is not AskKind.QUESTION:
                require_no_own_answer(transaction.cursor, session, actor)
            told = self.redaction.of(transaction.cursor, session.project_id).value(reason)
            facts = (("reason", told),)
            session = ask_records.told(transaction, scope, session, ask, "withdrawn", facts, recording=recording)
            gone = replaced(ask, status=AskStatus.WITHDRAWN, reason=told, closed_at=recording.now)
            ask_records.closed(transaction, session, gone, recording.now)
            return gone

        return await self.database.write(work)

    def _recording(self, actor: Actor) -> Recording:
        return Recording(actor, self.clock(), self.new_id, self.redaction)


def _check(wanted: NewAsk) -> None:
    names = [option.name for option in wanted.options]
    if len(set(names)) < len(names):
        raise InvalidValueError("Two options have the same name.", field="options")
    if wanted.default_answer is not None and wanted.default_answer not in names:
        raise InvalidValueError(
            f"The default {wanted.default_answer!r:.100} is none of the options.", field="defaultAnswer"
        )
    if wanted.kind is AskKind.PERMISSION and wanted.default_answer not in (None, DENY):
        raise InvalidValueError("What nobody has answered is not allowed.", field="defaultAnswer")
    size = byte_size(json_text(wanted.details))
    if size > MAX_DETAILS_BYTES:
        message = f"The details have {size} bytes; at most {MAX_DETAILS_BYTES} are allowed."
        raise TooLargeError(message, field="details", size=size, limit=MAX_DETAILS_BYTES)


def _require_may_ask(transaction: Transaction, session: Session, wanted: NewAsk) -> None:
    require_not_terminal(session)
    if interaction_rows.exists(transaction.cursor, session.id, wanted.uid):
        raise InvalidValueError("A step has this id, and asks for itself.", field="uid")
    if wanted.interaction_id is not None:
        interaction = require_interaction(transaction.cursor, session.id, wanted.interaction_id)
        require_not_completed(interaction)
        require_not_superseded(interaction)
    if session.open_ask_count >= MAX_OPEN:
        message = f"The session waits for {MAX_OPEN} answers; it can ask no more before some have come."
        raise InvalidValueError(message, field="sessionId")


def _require_ask(cursor: Cursor, scope: Scope, ask_id: int) -> Ask:
    ask = ask_rows.find(cursor, scope, ask_id)
    if ask is None:
        raise AskNotFoundError(f"There is no ask {ask_id}.", askId=ask_id)
    return ask


def _require_open(ask: Ask) -> None:
    if ask.is_open:
        return
    match ask.status:
        case AskStatus.ANSWERED:
            message = f"Ask {ask.id} was answered already: {ask.answer}, by {ask.answered_by}."
        case AskStatus.WITHDRAWN:
            message = f"Ask {ask.id} was withdrawn: {ask.reason}"
        case _:
            counts = "" if ask.answer is None else f"; {ask.answer} counts"
            message = f"Nobody answered ask {ask.id} in time{counts}."
    raise AskClosedError(
        message,
        askId=ask.id,
        status=ask.status,
        answer=ask.answer,
        answeredBy=ask.answered_by,
        closedAt=None if ask.closed_at is None else iso(ask.closed_at),
    )
