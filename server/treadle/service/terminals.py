"""`terminal/*`: the terminals in which persons work with agents, as rows; who records them is told of each."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from treadle.domain.actor import Actor
from treadle.domain.coverage import Source, Sources, SourceTimes
from treadle.domain.errors import InvalidValueError, TerminalNotFoundError
from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.domain.terminal import Terminal, digest_of, reports
from treadle.domain.transitions import require_not_terminal
from treadle.domain.values import replaced
from treadle.protocol.terminals import SourceView
from treadle.service.answers import require_no_own_ask
from treadle.service.lookups import (
    require_head,
    require_interaction,
    require_not_completed,
    require_not_superseded,
    require_session,
)
from treadle.storage import terminals as terminal_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.writer import Transaction

MAX_OPEN = 20
"""Of one session."""
TOKEN_BYTES = 32
TOKEN_START = "treadle_hook_"  # noqa: S105
"""An agent that prints its environment prints the token, too: by this it is known, and replaced as any secret is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTerminal:
    session_id: int
    interaction_id: str
    uid: str
    conversation_id: str
    resumed: bool
    root: str
    off: Mapping[Source, str] = field(default_factory=dict)
    """Why some sources will tell nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedTerminal:
    terminal: Terminal
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminals:
    database: Database
    clock: Callable[[], datetime]

    async def open(self, scope: Scope, *, wanted: NewTerminal, actor: Actor) -> OpenedTerminal:
        """The same uid again: the same terminal, with a new token; the one that it had is worth nothing any more.

        :raises SessionNotFoundError, InteractionNotFoundError, InteractionCompletedError:
        :raises SessionCompleteError, SessionFailedError, SessionCancelledError:
        :raises OwnAskError: the client was started by the agent of this session: it could answer for the person
        :raises InvalidValueError: it was closed, or too many are open
        """
        token = TOKEN_START + secrets.token_urlsafe(TOKEN_BYTES)

        def work(transaction: Transaction) -> Terminal:
            session = require_head(transaction, scope, wanted.session_id)
            require_no_own_ask(transaction.cursor, session, actor)
            known = terminal_rows.by_uid(transaction.cursor, session.id, wanted.uid)
            if known is not None:
                _require_open(known)
                renewed = replaced(known, token_digest=digest_of(token), seen_at=self.clock())
                terminal_rows.set_token(transaction.cursor, renewed)
                return renewed
            _require_may_open(transaction.cursor, session, wanted)
            return terminal_rows.insert(transaction.cursor, self._made(session, wanted, token))

        return OpenedTerminal(terminal=await self.database.write(work), token=token)

    def _made(self, session: Session, wanted: NewTerminal, token: str) -> Terminal:
        now = self.clock()
        return Terminal(
            id=0,
            uid=wanted.uid,
            session_id=session.id,
            scope=Scope(session.account_id, session.user_id),
            interaction_id=wanted.interaction_id,
            conversations=(wanted.conversation_id,),
            resumed=wanted.resumed,
            root=wanted.root,
            token_digest=digest_of(token),
            opened_at=now,
            seen_at=now,
            sources={source: SourceTimes(off_reason=reason) for source, reason in wanted.off.items()},
        )

    async def get(self, scope: Scope, *, session_id: int, terminal_id: int) -> Terminal:
        """Also one that is closed.

        :raises SessionNotFoundError, TerminalNotFoundError:
        """

        def work(rows: Cursor) -> Terminal:
            found = terminal_rows.find(rows, scope, session_id, terminal_id)
            if found is None:
                require_session(rows, scope, session_id)
                raise terminal_not_found(terminal_id)
            return found

        return await self.database.read(work)

    async def all_open(self) -> list[Terminal]:
        """Of everybody, oldest first."""
        return await self.database.read(terminal_rows.all_open)

    async def set_port(self, terminal_ids: Sequence[int], port: int) -> None:
        await self.database.write(lambda each: terminal_rows.set_port(each.cursor, terminal_ids, port))

    async def seen(self, terminal: Terminal) -> None:
        """What was heard of it until then. Of one that is closed, or deleted, nothing changes."""
        await self.database.write(lambda each: terminal_rows.set_seen(each.cursor, terminal))

    async def close(self, terminal: Terminal) -> None:
        """With what was heard until then. Once; again, or when it is deleted, it changes nothing."""
        closed = replaced(terminal, seen_at=self.clock())
        await self.database.write(lambda each: terminal_rows.close(each.cursor, closed))


def sources_json(rows: Cursor, session_id: int, heard: Callable[[int], Sources | None], now: datetime) -> bytes:
    """What is to be said of the sources of the session's last terminal, as it goes over the wire.

    `heard`: what is known of those of a terminal since they were stored; None: nothing.
    """
    terminal = terminal_rows.newest(rows, session_id)
    if terminal is None:
        return b"[]"
    sources = heard(terminal.id) if terminal.is_open else None
    told = reports(terminal.id, terminal.sources if sources is None else sources, terminal.closed_at or now)
    return b"[%b]" % b",".join(SourceView.model_validate(each).model_dump_json().encode() for each in told)


def terminal_not_found(terminal_id: int) -> TerminalNotFoundError:
    return TerminalNotFoundError(f"The session has no terminal {terminal_id}.", terminalId=terminal_id)


def _require_open(terminal: Terminal) -> None:
    if not terminal.is_open:
        raise InvalidValueError(f"The terminal {terminal.id} has this uid, and is closed.", field="uid")


def _require_may_open(cursor: Cursor, session: Session, wanted: NewTerminal) -> None:
    interaction = require_interaction(cursor, session.id, wanted.interaction_id)
    require_not_completed(interaction)
    require_not_terminal(session)
    require_not_superseded(interaction)
    if terminal_rows.open_count(cursor, session.id) >= MAX_OPEN:
        message = f"The session has {MAX_OPEN} open terminals; close one before there are more."
        raise InvalidValueError(message, field="sessionId")
