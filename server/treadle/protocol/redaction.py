"""Messages of `session/redact` and `daemon/compact`: secrets in what is stored already."""

from typing import Annotated

from pydantic import Field

from treadle.protocol.wire import Params, Response


class SessionRedactParams(Params):
    """In the place of each secret comes a marker, in events, results, asks and outputs; a session that runs goes on.

    What may still have to be executed stays: the command of the pending interaction, the options of a session that has
    not ended. Broken off and asked again, it goes on with what is left.
    """

    session_id: int
    dry_run: bool = False
    """Only count."""
    work_done_token: int | Annotated[str, Field(max_length=1_000)] | None = None
    """With it LSP's `$/progress` tells how far it is. `$/cancelRequest` ends it: what is done is done."""


class SessionRedactResponse(Response):
    rows: int
    """Events, interactions and others with secrets; they were changed, unless it was a dry run."""
    outputs: int
    """With secrets; each has another id then, and whatever names it names that."""
    secrets: dict[str, int]
    """How many there were, by their kind, or by the name of the project's pattern."""
    finished: bool
    """False: the daemon stops before all was looked through."""


class DaemonCompactParams(Params):
    rewrite: bool = False
    """Write the database file anew, without the space of what was removed or replaced: everybody waits meanwhile."""


class DaemonCompactResponse(Response):
    log_emptied: bool
    """Whether the write-ahead log is empty now. False: somebody reads what it holds; ask again."""
    backups: list[str]
    """Absolute paths of the copies that were made before upgrades of the database: nothing was taken out of these."""
