"""Gives the daemon what is too large for a result, in pieces."""

import base64
import uuid

from treadle.agents.lenient import optional_text
from treadle.client.connection import Connection
from treadle.client.errors import RemoteError
from treadle.runner.capture import Capture

PIECE_BYTES = 2 * 1024 * 1024


def upload(connection: Connection, session_id: int, capture: Capture) -> str | None:
    """The output's id; None when the daemon does not take it, which is no reason to lose the step."""
    upload_id = str(uuid.uuid4())
    offset = 0
    output_id: str | None = None
    try:
        for piece in capture.pieces(PIECE_BYTES):
            params: dict[str, object] = {"sessionId": session_id, "uploadId": upload_id, "offset": offset}
            params |= {"data": base64.b64encode(piece).decode(), "last": offset + len(piece) >= capture.size}
            offset += len(piece)
            output_id = optional_text(connection.call("output/write", params).get("outputId"))
    except RemoteError:
        return None
    return output_id
