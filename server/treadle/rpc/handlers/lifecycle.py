"""`session/*` by which a person changes a session, or ends it."""

from collections.abc import Awaitable, Mapping

from treadle.domain.session import Session
from treadle.protocol.lifecycle import (
    AttributeProblem,
    SessionCancelParams,
    SessionChangeParams,
    SessionChangeResponse,
    SessionPauseParams,
    SessionReopenParams,
    SessionResumeParams,
    SessionSetModeParams,
    SessionUpdateParams,
)
from treadle.protocol.sessions import SessionResponse
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.views import session_head
from treadle.service.dry_run import session_changes


async def update(context: Context, params: SessionUpdateParams) -> SessionResponse:
    sessions = context.daemon.application.sessions
    changes = session_changes(params)
    return await _answer(context, sessions.update(context.peer.scope, session_id=params.session_id, changes=changes))


async def change(context: Context, params: SessionChangeParams) -> SessionChangeResponse:
    problems = await context.daemon.application.dry_run.change(
        context.peer.scope, session_id=params.session_id, attributes=params.attributes
    )
    errors = [
        AttributeProblem(field=problem.field, code=problem.error.code, message=problem.error.message)
        for problem in problems
    ]
    return SessionChangeResponse(valid=not errors, errors=errors)


async def pause(context: Context, params: SessionPauseParams) -> SessionResponse:
    peer, lifecycle = context.peer, context.daemon.application.lifecycle
    paused = lifecycle.pause(peer.scope, session_id=params.session_id, reason=params.reason, actor=peer.actor)
    return await _answer(context, paused)


async def resume(context: Context, params: SessionResumeParams) -> SessionResponse:
    peer, lifecycle = context.peer, context.daemon.application.lifecycle
    return await _answer(context, lifecycle.resume(peer.scope, session_id=params.session_id, actor=peer.actor))


async def cancel(context: Context, params: SessionCancelParams) -> SessionResponse:
    peer, lifecycle = context.peer, context.daemon.application.lifecycle
    cancelled = lifecycle.cancel(peer.scope, session_id=params.session_id, reason=params.reason, actor=peer.actor)
    return await _answer(context, cancelled)


async def reopen(context: Context, params: SessionReopenParams) -> SessionResponse:
    peer, lifecycle = context.peer, context.daemon.application.lifecycle
    reopened = lifecycle.reopen(peer.scope, session_id=params.session_id, reason=params.reason, actor=peer.actor)
    return await _answer(context, reopened)


async def set_mode(context: Context, params: SessionSetModeParams) -> SessionResponse:
    peer, lifecycle = context.peer, context.daemon.application.lifecycle
    switched = lifecycle.set_mode(
        peer.scope,
        session_id=params.session_id,
        execution_mode=params.execution_mode,
        now=params.now,
        actor=peer.actor,
    )
    return await _answer(context, switched)


async def _answer(context: Context, change: Awaitable[Session]) -> SessionResponse:
    return SessionResponse(session=session_head(await change, context.daemon.clock()))


HANDLERS: Mapping[str, Handler] = {
    "session/update": update,
    "session/change": change,
    "session/pause": pause,
    "session/resume": resume,
    "session/cancel": cancel,
    "session/reopen": reopen,
    "session/setMode": set_mode,
}
