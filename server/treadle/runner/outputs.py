"""Gives the daemon what is too large for a result or an event, in pieces."""

import base64
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import JsonObject, optional_text
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, RemoteError
from treadle.runner.patience import PATIENCE_SECONDS, with_patience
from treadle.runner.stop import Stop

PIECE_BYTES = 2 * 1024 * 1024
CONFLICT = "upload_conflict"
EVENT_SECONDS = 5.0
"""For the daemon to take what is too large for an event."""


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


class TextContent:
    def __init__(self, whole: str) -> None:
        self._bytes = whole.encode()
        self.size = len(self._bytes)

    def pieces(self, size: int) -> Iterator[bytes]:
        for offset in range(0, max(self.size, 1), size):
            yield self._bytes[offset : offset + size]


def with_outputs(connection: Connection, session_id: int, event: EventDraft, *, stop: Stop) -> EventDraft:
    """The event names the whole of what is shortened in it, by its place: `outputs: {"input.content": {id, size}}`.

    Nobody waits long for that: an event that is short is better than one that comes late.
    """
    if not event.whole:
        return event
    kept: dict[str, object] = {}
    for place, text in event.whole.items():
        content = TextContent(text)
        try:
            uploaded = upload(connection, session_id, content, stop=stop, patience=0, timeout=EVENT_SECONDS)
        except ClientError as error:
            uploaded = Uploaded(size=content.size, reason=error.message)
        kept[place] = uploaded.as_data()
    return replace(event, data={**event.data, "outputs": kept}, whole={})


def upload(
    connection: Connection,
    session_id: int,
    content: Content,
    *,
    stop: Stop,
    patience: float = PATIENCE_SECONDS,
    timeout: float | None = None,
) -> Uploaded:
    """:raises ClientError: the daemon is lost"""

    def write(params: Mapping[str, object]) -> JsonObject:
        ask = partial(connection.call, "output/write", params, timeout=timeout)
        return with_patience(ask, gives_up=lambda: stop.is_requested, seconds=patience)

    try:
        try:
            output_id = _send(write, session_id, content)
        except RemoteError as error:
            if error.code != CONFLICT:
                raise
            output_id = _send(write, session_id, content)
    except RemoteError as error:
        return Uploaded(size=content.size, reason=error.message)
    return Uploaded(size=content.size, id=output_id)


def _send(write: Callable[[Mapping[str, object]], JsonObject], session_id: int, content: Content) -> str | None:
    """From the first byte, as an upload of its own."""
    upload_id = str(uuid.uuid4())
    offset = 0
    output_id: str | None = None
    for piece in content.pieces(PIECE_BYTES):
        params: dict[str, object] = {"sessionId": session_id, "uploadId": upload_id, "offset": offset}
        params |= {"data": base64.b64encode(piece).decode(), "last": offset + len(piece) >= content.size}
        offset += len(piece)
        output_id = optional_text(write(params).get("outputId"))
    return output_id
