"""`session/*` but for its events, and `sessionType/*`."""

from collections.abc import Mapping

from treadle.protocol.sessions import (
    SessionCreateParams,
    SessionGetParams,
    SessionHandleResultParams,
    SessionHandleResultResponse,
    SessionListParams,
    SessionNextCommandParams,
    SessionNextCommandResponse,
    SessionResponse,
    SessionTypeListParams,
    SessionTypeListResponse,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.late_loading import loaded
from treadle.rpc.views import interaction_view, session_head, session_type_view


async def create(context: Context, params: SessionCreateParams) -> SessionResponse:
    session = await context.daemon.application.sessions.create(
        context.peer.scope,
        type=params.type,
        component_id=params.component_id,
        title=params.title,
        agent=params.agent,
        environment=params.environment,
        execution_mode=params.execution_mode,
        parent_session_id=params.parent_session_id,
        project_id=params.project_id,
        root=params.root,
        options=params.options,
    )
    return SessionResponse(session=session_head(session, context.daemon.clock()))


async def get(context: Context, params: SessionGetParams) -> bytes:
    return await context.daemon.application.sessions.get(
        context.peer.scope,
        session_id=params.session_id,
        cursor=params.cursor,
        limit=params.limit,
        heard=context.daemon.ingest.sources,
    )


async def list_(context: Context, params: SessionListParams) -> bytes:
    return await context.daemon.application.sessions.list(
        context.peer.scope,
        project_id=params.project_id,
        status=params.status,
        type=params.type,
        component_id=params.component_id,
        parent_session_id=params.parent_session_id,
        cursor=params.cursor,
        limit=params.limit,
    )


async def next_command(context: Context, params: SessionNextCommandParams) -> SessionNextCommandResponse:
    answer = await context.daemon.application.orchestrator.next_command(
        context.peer.scope,
        session_id=params.session_id,
        regenerate=params.regenerate,
        client_id=context.peer.client_id,
    )
    now = context.daemon.clock()
    return SessionNextCommandResponse(
        interaction=interaction_view(answer.interaction, now), session=session_head(answer.session, now)
    )


async def handle_result(context: Context, params: SessionHandleResultParams) -> SessionHandleResultResponse:
    handled = await context.daemon.application.result_handler.handle_result(
        context.peer.scope,
        session_id=params.session_id,
        interaction_id=params.interaction_id,
        result=params.result,
        client_id=context.peer.client_id,
        client_name=context.peer.client_name,
        agent_sessions=context.peer.actor.agent_sessions,
    )
    now = context.daemon.clock()
    return SessionHandleResultResponse(
        session=session_head(handled.session, now), interaction=interaction_view(handled.interaction, now)
    )


async def list_types(context: Context, params: SessionTypeListParams) -> SessionTypeListResponse:
    application = context.daemon.application
    registry = application.registry
    await loaded(lambda: registry.types)
    listing = await application.workflows.list(context.peer.scope, project_id=params.project_id)
    installed = [session_type_view(session_type) for session_type in registry.types]
    return SessionTypeListResponse(
        data=[*installed, *(session_type_view(each.session_type, each.path) for each in listing.types)],
        next_cursor=None,
        problems=[*registry.problems, *listing.problems],
    )


HANDLERS: Mapping[str, Handler] = {
    "session/create": create,
    "session/get": get,
    "session/list": list_,
    "session/nextCommand": next_command,
    "session/handleResult": handle_result,
    "sessionType/list": list_types,
}
