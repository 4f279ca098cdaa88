"""Taking secrets out of what is stored already: of before they were known, or while redaction was off."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.service.lookups import require_session
from treadle.service.notices import reread
from treadle.service.outputs import Outputs
from treadle.service.project_redaction import Redaction
from treadle.service.redaction import Redactor, markers
from treadle.storage import outputs as output_rows
from treadle.storage import stored_texts
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.stored_texts import EVERYWHERE, Change, Texts

ROWS_AT_ONCE = 200
NO_LIMIT = 2**40


@dataclass(slots=True)
class Sweep:
    """One look through a session, and what it has found so far."""

    scope: Scope
    session: Session
    redactor: Redactor
    dry_run: bool
    rows: int = 0
    outputs: int = 0
    secrets: Counter[str] = field(default_factory=Counter)
    """How many of each kind."""
    renamed: dict[str, str] = field(default_factory=dict)
    """Outputs: the id of each that changed, and the new one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeping:
    """The one path that updates events. It may be broken off anywhere: what is done is done, and the next one finds the
    rest. Others go on working meanwhile.
    """

    database: Database
    outputs: Outputs

    async def begin(self, scope: Scope, *, session_id: int, dry_run: bool) -> Sweep:
        """:raises SessionNotFoundError:"""

        def work(rows: Cursor) -> Sweep:
            session = require_session(rows, scope, session_id)
            # Also where the daemon redacts nothing by itself: somebody asks for it.
            redactor = replace(Redaction().read(rows, session.project_id), limit=NO_LIMIT)
            return Sweep(scope, session, redactor, dry_run)

        return await self.database.read(work)

    async def run(self, sweep: Sweep, tell: Callable[[int], None]) -> bool:
        """`tell` hears how far it is, in percent.

        What may still have to be executed stays: the command of the pending step, and the options of a session that
        has not ended.

        :raises StorageUnavailableError:
        """
        try:
            await self._sweep_outputs(sweep)
            await self._sweep_texts(sweep, tell)
            for output_id in sweep.renamed:
                await self.outputs.give_up(sweep.session.id, output_id)
        finally:
            if not sweep.dry_run and (sweep.rows or sweep.outputs):
                await self.database.write(lambda transaction: transaction.announce(reread(sweep.session)))
        return True

    async def _sweep_outputs(self, sweep: Sweep) -> None:
        """Those without secrets are made beside the old ones, which stay until nothing names them any more."""
        session_id = sweep.session.id
        for output_id in await self.database.read(partial(output_rows.of_session, session_id=session_id)):
            found = await self.outputs.secrets_in(output_id, sweep.redactor)
            if not found:
                continue
            sweep.secrets += found
            sweep.outputs += 1
            if not sweep.dry_run:
                new_id = await self.outputs.redacted_again(sweep.scope, session_id, output_id, sweep.redactor)
                sweep.renamed[output_id] = new_id

    async def _sweep_texts(self, sweep: Sweep, tell: Callable[[int], None]) -> None:
        find = partial(stored_texts.keys, session_id=sweep.session.id)
        keys = [await self.database.read(partial(find, texts=texts)) for texts in EVERYWHERE]
        total, done = sum(map(len, keys)), 0
        for texts, wanted in zip(EVERYWHERE, keys, strict=True):
            left = wanted
            while left:
                taken = await self._sweep_rows(sweep, texts, left[:ROWS_AT_ONCE])
                left, done = left[taken:], done + taken
                tell(100 * done // total)

    async def _sweep_rows(self, sweep: Sweep, texts: Texts, keys: Sequence[int | str]) -> int:
        """How many of the first ones are done."""
        rows = await self.database.read(partial(stored_texts.rows, texts=texts, wanted=keys))
        changes, secrets = await asyncio.to_thread(_changes, texts, rows, sweep.redactor, sweep.renamed)
        sweep.secrets += secrets
        if changes and not sweep.dry_run:
            await self.database.write(lambda transaction: stored_texts.save(transaction.cursor, texts, changes))
        sweep.rows += len(changes)
        # Some may be gone meanwhile; of large ones, not all were read.
        return keys.index(rows[-1][0]) + 1 if rows else len(keys)


def _changes(
    texts: Texts, rows: Sequence[stored_texts.Row], redactor: Redactor, renamed: Mapping[str, str]
) -> tuple[list[Change], Counter[str]]:
    changes: list[Change] = []
    secrets: Counter[str] = Counter()
    for key, before in rows:
        after: dict[str, str] = {}
        for name, text in before.items():
            new = redactor.text(text) if name in texts.json else redactor.value(text)
            secrets += markers(text, new)
            for old_id, new_id in renamed.items():
                new = new.replace(old_id, new_id)
            if new != text:
                after[name] = new
        if after:
            changes.append(Change(key, {name: before[name] for name in after}, after))
    return changes, secrets
