"""`session/redact` and `daemon/compact`."""

import os
from collections.abc import Mapping

from treadle.protocol.redaction import (
    DaemonCompactParams,
    DaemonCompactResponse,
    SessionRedactParams,
    SessionRedactResponse,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler, Rest
from treadle.service.sweeping import Sweep


async def redact(context: Context, params: SessionRedactParams) -> SessionRedactResponse | Rest:
    sweep = await context.daemon.application.sweeping.begin(
        context.peer.scope, session_id=params.session_id, dry_run=params.dry_run
    )
    return lambda: _swept(context, params, sweep)


async def _swept(context: Context, params: SessionRedactParams, sweep: Sweep) -> SessionRedactResponse:
    sweeping = context.daemon.application.sweeping
    with context.progress(params.work_done_token, f"Looking for secrets in session {params.session_id}") as progress:
        finished = await context.daemon.unless_stopping(sweeping.run(sweep, progress.report))
    return SessionRedactResponse(
        rows=sweep.rows, outputs=sweep.outputs, secrets=dict(sorted(sweep.secrets.items())), finished=bool(finished)
    )


async def compact(context: Context, params: DaemonCompactParams) -> DaemonCompactResponse:
    compacted = await context.daemon.application.database.compact(rewrite=params.rewrite)
    return DaemonCompactResponse(
        log_emptied=compacted.log_emptied, backups=[os.fspath(each) for each in compacted.backups]
    )


HANDLERS: Mapping[str, Handler] = {
    "session/redact": redact,
    "daemon/compact": compact,
}
