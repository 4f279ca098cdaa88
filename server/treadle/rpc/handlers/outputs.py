"""`output/*`."""

from base64 import b64encode
from collections.abc import Mapping

from treadle.protocol.interactions import OutputReadParams, OutputReadResponse, OutputWriteParams, OutputWriteResponse
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler


async def write(context: Context, params: OutputWriteParams) -> OutputWriteResponse:
    piece = await context.daemon.application.outputs.write(
        context.peer.scope,
        session_id=params.session_id,
        upload_id=params.upload_id,
        offset=params.offset,
        data=params.data,
        last=params.last,
    )
    return OutputWriteResponse(size=piece.size, output_id=piece.output_id)


async def read(context: Context, params: OutputReadParams) -> OutputReadResponse:
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
    "output/write": write,
    "output/read": read,
}
