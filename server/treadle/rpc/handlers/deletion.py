"""`session/delete`."""

from collections.abc import Mapping

from treadle.protocol.lifecycle import SessionDeleteParams, SessionDeleteResponse
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler, Rest
from treadle.service.deletion import Deleted


async def delete(context: Context, params: SessionDeleteParams) -> SessionDeleteResponse | Rest:
    deleted = await context.daemon.application.deletion.delete(
        context.peer.scope, session_id=params.session_id, actor=context.peer.actor
    )
    if params.work_done_token is None:
        return _response(deleted, purged=False)
    return lambda: _purged(context, params, deleted)


async def _purged(context: Context, params: SessionDeleteParams, deleted: Deleted) -> SessionDeleteResponse:
    """A daemon that stops keeps nobody waiting: the next one goes on."""
    deletion = context.daemon.application.deletion
    with context.progress(params.work_done_token, f"Deleting session {params.session_id}") as progress:
        purged = await context.daemon.unless_stopping(deletion.gone(deleted, progress.report))
        if not purged:
            progress.ending = "What is left on the disk is removed later."
    return _response(deleted, purged=bool(purged))


def _response(deleted: Deleted, *, purged: bool) -> SessionDeleteResponse:
    return SessionDeleteResponse(deleted_ids=list(deleted.session_ids), purged=purged)


HANDLERS: Mapping[str, Handler] = {
    "session/delete": delete,
}
