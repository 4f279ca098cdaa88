"""Messages of `interaction/*` and `output/*`."""

from base64 import b64decode
from typing import Annotated

from pydantic import Base64Encoder, EncodedBytes, Field
from pydantic_core import PydanticCustomError

from treadle.protocol.entities import InteractionView
from treadle.protocol.wire import Params, Response

MAX_PIECE_BYTES = 4 * 1024 * 1024


class StrictBase64(Base64Encoder):
    """The usual decoder drops every character that is none of base64's."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        try:
            return b64decode(data, validate=True)
        except ValueError as error:
            raise PydanticCustomError("base64_decode", "Input should be base64") from error


class InteractionClaimParams(Params):
    """The claim is the connection's client id's; it survives a reconnect with that id."""

    session_id: int
    interaction_id: str


class InteractionResponse(Response):
    interaction: InteractionView


class OutputWriteParams(Params):
    """One piece of an output. Pieces go in order, and any may be repeated; the last one makes the output."""

    session_id: int
    upload_id: str = Field(min_length=1, max_length=64)
    """Made by the client; the pieces of one output share it."""
    offset: int = Field(ge=0)
    data: Annotated[bytes, EncodedBytes(encoder=StrictBase64)]
    last: bool = False


class OutputWriteResponse(Response):
    size: int
    """Bytes received so far."""
    output_id: str | None
    """The SHA-256 of the whole, once the last piece has come."""


class OutputReadParams(Params):
    session_id: int
    output_id: str
    offset: int = Field(default=0, ge=0)
    limit: int = Field(default=1024 * 1024, ge=1, le=MAX_PIECE_BYTES)


class OutputReadResponse(Response):
    data: str
    """Base64."""
    size: int
    """Bytes of the whole output."""
    next_offset: int | None
