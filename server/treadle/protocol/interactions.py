"""Messages of `interaction/*`, `result/*` and `output/*`."""

from base64 import b64decode
from typing import Annotated

from pydantic import Base64Encoder, EncodedBytes, Field
from pydantic_core import PydanticCustomError

from treadle.domain.result import ResultStatus
from treadle.protocol.entities import ClaimView, InteractionView, ResultView, SessionHead
from treadle.protocol.wire import JsonObject, Params, Response, Timestamp

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


class InteractionClaimResponse(Response):
    interaction: InteractionView
    taken_over: ClaimView | None
    """The claim of the holder that died while executing: until now the interaction was interrupted. Who has no
    person's consent to run it again gives it back as `interrupted`."""


class InteractionReleaseParams(InteractionClaimParams):
    interrupted: bool = False
    """The execution was begun and not ended: the interaction stays interrupted instead of being free at once."""


class InteractionResponse(Response):
    interaction: InteractionView


class InteractionWithSessionResponse(Response):
    interaction: InteractionView
    session: SessionHead


class InteractionEditParams(Params):
    """Changes the command before it runs; what it was is kept as an event. At least one member must be given."""

    session_id: int
    interaction_id: str
    command: str | None = Field(default=None, min_length=1)
    """`shell` (with `metadata.argv`), `claude`, `read_file`, `ask`, `noop`, or a string for a POSIX shell, which
    replaces the `argv` that was there."""
    metadata: JsonObject | None = None
    """Merged key by key; null removes a key. `argv`, `prompt`, `env`, `timeout_s`, `working_directory`, `path`,
    `options` and `question` are checked."""


class InteractionSkipParams(Params):
    """Ends the step with a warning; the workflow goes on with the next one."""

    session_id: int
    interaction_id: str
    reason: str = Field(min_length=1, max_length=1_000)
    """Becomes the error message of the result."""


class InteractionMarkDoneParams(Params):
    """Ends the step with ok, since a person has done it; the workflow goes on with the next one."""

    session_id: int
    interaction_id: str
    note: str | None = Field(default=None, max_length=1_000)
    """Kept in `data.note` of the result."""


class InteractionSayParams(Params):
    """A message to the agent that does the step, or will do it. It is in the record with this answer; the client that
    executes the step delivers it, and what it says comes back as `conversation_message_sent` whose
    `metadata.message_uuid` is the `uid` of the answer."""

    session_id: int
    interaction_id: str
    text: str = Field(min_length=1, max_length=50_000)
    """What the agent reads, as the person wrote it."""
    interrupt: bool = False
    """What the agent is doing is broken off first; else it reads the message when the tools that it is using are
    done."""


class InteractionSayResponse(Response):
    session: SessionHead
    uid: str
    """Of the event that keeps the message."""


class InteractionRerunParams(Params):
    session_id: int
    interaction_id: str
    """A completed one; its step runs again as a new interaction."""


class ResultCreateParams(Params):
    """A result to be checked and completed; see `ResultInput`."""

    id: str | None = Field(default=None, min_length=1, max_length=64)
    """Null: one is made."""
    status: ResultStatus
    data: JsonObject = Field(default_factory=dict)
    """What the command gave."""
    code: int | None = None
    """The exit code, where there was one."""
    error_message: str | None = None
    """Required for error and warning."""
    stdout: str | None = None
    """Of a longer text the first and last 32 KiB stay; the same with `stderr`."""
    stderr: str | None = None
    duration_ms: int | None = Field(default=None, ge=0)
    """Milliseconds that the execution took."""
    timestamp: Timestamp | None = None
    """Null: now."""


class ResultCreateResponse(Response):
    result: ResultView


class ResultUpdateParams(Params):
    """Changes the pending result of an interaction that this client has claimed. What is left out stays as it is,
    and so do its id and its time; null clears a member, but for `data`."""

    session_id: int
    interaction_id: str
    data: JsonObject | None = None
    """Replaces the whole; null leaves it as it is."""
    code: int | None = None
    """The exit code, where there was one."""
    error_message: str | None = None
    """One sentence."""
    stdout: str | None = None
    """Of a longer text the first and last 32 KiB stay; the same with `stderr`."""
    stderr: str | None = None
    duration_ms: int | None = Field(default=None, ge=0)
    """Milliseconds so far."""


class OutputWriteParams(Params):
    """One piece of an output. Pieces go in order, and any may be repeated; the last one makes the output."""

    session_id: int
    upload_id: str = Field(min_length=1, max_length=64)
    """Made by the client; the pieces of one output share it."""
    offset: int = Field(ge=0)
    """Where the piece begins, in bytes."""
    data: Annotated[bytes, EncodedBytes(encoder=StrictBase64)]
    """Base64; at most 4 MiB of bytes."""
    last: bool = False
    """The output is whole with this piece."""


class OutputWriteResponse(Response):
    size: int
    """Bytes received so far."""
    output_id: str | None
    """The SHA-256 of the whole, once the last piece has come."""


class OutputReadParams(Params):
    session_id: int
    output_id: str
    """As `output/write` answered it."""
    offset: int = Field(default=0, ge=0)
    """Where to begin, in bytes."""
    limit: int = Field(default=1024 * 1024, ge=1, le=MAX_PIECE_BYTES)
    """How many bytes at most."""


class OutputReadResponse(Response):
    data: str
    """Base64."""
    size: int
    """Bytes of the whole output."""
    next_offset: int | None
    """Null: this was the end."""
