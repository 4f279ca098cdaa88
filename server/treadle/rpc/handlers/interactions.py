"""`interaction/*` and `output/*`."""

from base64 import b64encode
from collections.abc import Mapping

from treadle.protocol.interactions import (
    InteractionClaimParams,
    InteractionResponse,
    OutputReadParams,
    OutputReadResponse,
    OutputWriteParams,
    OutputWriteResponse,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.views import interaction_view


async def claim(context: Context, params: InteractionClaimParams) -> InteractionResponse:
    interaction = await context.daemon.application.claims.claim(
        context.peer.scope,
        session_id=params.session_id,
        interaction_id=params.interaction_id,
        client_id=context.peer.client_id,
        client_name=context.peer.client_name,
    )
    return InteractionResponse(interaction=interaction_view(interaction, context.daemon.clock()))


async def heartbeat(context: Context, params: InteractionClaimParams) -> InteractionResponse:
    interaction = await context.daemon.application.claims.heartbeat(
        context.peer.scope,
        session_id=params.session_id,
        interaction_id=params.interaction_id,
        client_id=context.peer.client_id,
        client_name=context.peer.client_name,
    )
    return InteractionResponse(interaction=interaction_view(interaction, context.daemon.clock()))


async def release(context: Context, params: InteractionClaimParams) -> InteractionResponse:
    interaction = await context.daemon.application.claims.release(
        context.peer.scope,
        session_id=params.session_id,
        interaction_id=params.interaction_id,
        client_id=context.peer.client_id,
        client_name=context.peer.client_name,
    )
    return InteractionResponse(interaction=interaction_view(interaction, context.daemon.clock()))


async def write_output(context: Context, params: OutputWriteParams) -> OutputWriteResponse:
    piece = await context.daemon.application.outputs.write(
        context.peer.scope,
        session_id=params.session_id,
        upload_id=params.upload_id,
        offset=params.offset,
        data=params.data,
        last=params.last,
    )
    return OutputWriteResponse(size=piece.size, output_id=piece.output_id)


async def read_output(context: Context, params: OutputReadParams) -> OutputReadResponse:
    content = await context.daemon.application.outputs.read(
        context.peer.scope,
        session_id=params.session_id,
        output_id=params.output_id,
        offset=params.offset,
        limit=params.limit,
    )
    return OutputReadResponse(
        data=b64encode(content.data).decode("ascii"), size=content.size, next_offset=content.next_offset
    )


HANDLERS: Mapping[str, Handler] = {
    "interaction/claim": claim,
    "interaction/heartbeat": heartbeat,
    "interaction/release": release,
    "output/write": write_output,
    "output/read": read_output,
}
