"""`result/*`."""

from collections.abc import Mapping

from treadle.protocol.interactions import (
    InteractionWithSessionResponse,
    ResultCreateParams,
    ResultCreateResponse,
    ResultUpdateParams,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.views import interaction_view, result_view, session_head

_NAMES = {"session_id", "interaction_id"}


async def create(context: Context, params: ResultCreateParams) -> ResultCreateResponse:
    return ResultCreateResponse(result=result_view(context.daemon.application.results.create(params)))


async def update(context: Context, params: ResultUpdateParams) -> InteractionWithSessionResponse:
    changes = {name: getattr(params, name) for name in params.model_fields_set - _NAMES}
    if params.data is None:
        changes.pop("data", None)
    handled = await context.daemon.application.results.update(
        context.peer.scope,
        session_id=params.session_id,
        interaction_id=params.interaction_id,
        client_id=context.peer.client_id,
        changes=changes,
    )
    now = context.daemon.clock()
    return InteractionWithSessionResponse(
        interaction=interaction_view(handled.interaction, now), session=session_head(handled.session, now)
    )


HANDLERS: Mapping[str, Handler] = {
    "result/create": create,
    "result/update": update,
}
