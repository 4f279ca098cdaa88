"""`interaction/*`."""

from collections.abc import Awaitable, Mapping
from typing import Any

from treadle.domain.interaction import Interaction
from treadle.protocol.interactions import InteractionClaimParams, InteractionResponse
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.views import interaction_view


async def claim(context: Context, params: InteractionClaimParams) -> InteractionResponse:
    claims, name = context.daemon.application.claims, context.peer.client_name
    return await _answer(context, claims.claim(context.peer.scope, **_target(context, params), client_name=name))


async def heartbeat(context: Context, params: InteractionClaimParams) -> InteractionResponse:
    claims, name = context.daemon.application.claims, context.peer.client_name
    return await _answer(context, claims.heartbeat(context.peer.scope, **_target(context, params), client_name=name))


async def release(context: Context, params: InteractionClaimParams) -> InteractionResponse:
    claims = context.daemon.application.claims
    return await _answer(context, claims.release(context.peer.scope, **_target(context, params)))


def _target(context: Context, params: InteractionClaimParams) -> dict[str, Any]:
    return {
        "session_id": params.session_id,
        "interaction_id": params.interaction_id,
        "client_id": context.peer.client_id,
    }


async def _answer(context: Context, change: Awaitable[Interaction]) -> InteractionResponse:
    return InteractionResponse(interaction=interaction_view(await change, context.daemon.clock()))


HANDLERS: Mapping[str, Handler] = {
    "interaction/claim": claim,
    "interaction/heartbeat": heartbeat,
    "interaction/release": release,
}
