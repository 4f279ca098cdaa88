"""Gives the daemon what is too large for a result, in pieces."""

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from treadle.agents.lenient import optional_text
from treadle.client.connection import Connection
from treadle.client.errors import RemoteError
from treadle.runner.patience import PATIENCE_SECONDS, with_patience
from treadle.runner.stop import Stop

PIECE_BYTES = 2 * 1024 * 1024
CONFLICT = "upload_conflict"


class Content(Protocol):
    size: int

    def pieces(self, size: int) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """An output of the daemon's, or why there is none: that is no reason to lose the step."""

    size: int
    id: str | None = None
    reason: str | None = None

    def as_data(self) -> dict[str, object]:
        if self.id is not None:
            return {"id": self.id, "size": self.size}
        return {"size": self.size, "lost": True, "reason": self.reason or "The daemon gave it no id."}


def upload(
    connection: Connection, session_id: int, content: Content, *, stop: Stop, patience: float = PATIENCE_SECONDS
) -> Uploaded:
    """:raises ClientError: the daemon is lost"""
    try:
        try:
            output_id = _send(connection, session_id, content, stop, patience)
        except RemoteError as error:
            if error.code != CONFLICT:
                raise
            output_id = _send(connection, session_id, content, stop, patience)
    except RemoteError as error:
        return Uploaded(size=content.size, reason=error.message)
    return Uploaded(size=content.size, id=output_id)


def _send(connection: Connection, session_id: int, content: Content, stop: Stop, patience: float) -> str | None:
    """From the first byte, as an upload of its own."""
    upload_id = str(uuid.uuid4())
    offset = 0
    output_id: str | None = None
    for piece in content.pieces(PIECE_BYTES):
        params: dict[str, object] = {"sessionId": session_id, "uploadId": upload_id, "offset": offset}
        params |= {"data": base64.b64encode(piece).decode(), "last": offset + len(piece) >= content.size}
        offset += len(piece)
        ask = partial(connection.call, "output/write", params)
        answer = with_patience(ask, gives_up=lambda: stop.is_requested, seconds=patience)
        output_id = optional_text(answer.get("outputId"))
    return output_id
