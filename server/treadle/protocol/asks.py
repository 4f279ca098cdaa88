"""Messages of `ask/*`."""

from pydantic import Field

from treadle.domain.ask import AskKind, AskStatus
from treadle.protocol.wire import JsonObject, Params, Response, Timestamp

MAX_QUESTION = 10_000
MAX_OPTIONS = 20
MAX_WORDS = 200
MAX_DETAILS_BYTES = 256 * 1024


class AskOptionInput(Params):
    name: str = Field(min_length=1, max_length=100)
    """What `ask/answer` takes; unique in the ask."""
    title: str = Field(min_length=1, max_length=MAX_WORDS)
    """For people."""
    description: str | None = Field(default=None, max_length=2_000)
    """What it means, where the title does not say it."""


class AskCreateParams(Params):
    """The same `uid` again is answered with the ask as it is now, and changes nothing."""

    session_id: int
    interaction_id: str | None = None
    """The pending interaction in which it is asked; when that ends, the ask is withdrawn."""
    uid: str = Field(min_length=1, max_length=50)
    """Made by the client, best a UUID, unique in the session."""
    kind: AskKind
    """What sort of thing it is about."""
    question: str = Field(min_length=1, max_length=MAX_QUESTION, pattern=r"\S")
    """For people."""
    details: JsonObject = Field(default_factory=dict)
    """What it is about, exactly; at most 256 KiB. Of a `permission`: `tool`, `input`, `command`, `path`, `diff`,
    `working_directory`, `tool_use_id`, `parent_tool_use_id`, `agent_type`, `rule`, `grant`."""
    options: list[AskOptionInput] = Field(min_length=1, max_length=MAX_OPTIONS)
    """Of a `permission` they are `allow`, `allow_session` and `deny`."""
    asked_by: str = Field(min_length=1, max_length=MAX_WORDS)
    """For people: which agent, which step."""
    expires_at: Timestamp | None = None
    """Null: it waits for ever."""
    default_answer: str | None = Field(default=None, max_length=100)
    """The option that counts when nobody has answered by then; null: none."""


class AskOptionView(Response):
    name: str
    """What `ask/answer` takes."""
    title: str
    """For people."""
    description: str | None
    """What it means, where the title does not say it."""


class AskView(Response):
    id: int
    """Short enough to type, and never used again."""
    uid: str
    """The asking client's; of a workflow's question, its interaction's id."""
    session_id: int
    interaction_id: str | None
    """What it is asked in."""
    kind: AskKind
    """What sort of thing it is about."""
    question: str
    """For people."""
    details: JsonObject
    """What it is about, exactly; see `ask/create`."""
    options: list[AskOptionView]
    """The answers that it takes."""
    asked_by: str
    """For people: which agent, which step."""
    asked_at: Timestamp
    """By the daemon's clock."""
    expires_at: Timestamp | None
    """When it is closed unless somebody answers; null: never."""
    default_answer: str | None
    """What counts then; null: none."""
    status: AskStatus
    answer: str | None
    """The option that was taken: by a person, or, of an expired one, the default."""
    comment: str | None
    """A person's words."""
    answered_by: str | None
    """The client through which it was answered, for people."""
    closed_at: Timestamp | None
    """When it was answered, withdrawn or expired."""
    reason: str | None
    """Why it was withdrawn."""


class AskResponse(Response):
    ask: AskView
    """As it is now."""


class AskListParams(Params):
    """Oldest first."""

    session_id: int | None = None
    """Null: of all sessions that can be seen."""
    status: AskStatus | None = AskStatus.OPEN
    """Null: whatever has become of them."""
    kind: AskKind | None = None
    """Null: of every kind."""
    cursor: str | None = None
    limit: int = Field(default=100, ge=1, le=500)


class AskListResponse(Response):
    data: list[AskView]
    next_cursor: str | None
    """Null: this is the last page."""


class AskGetParams(Params):
    ask_id: int
    """The ask's `id`."""


class AskAnswerParams(Params):
    """The first answer counts."""

    ask_id: int
    """The ask's `id`."""
    answer: str = Field(min_length=1, max_length=100)
    """The `name` of one of its options."""
    comment: str | None = Field(default=None, max_length=10_000)
    """What is to be said with it: an agent that is denied something reads it as the reason."""


class AskWithdrawParams(Params):
    """One that is withdrawn already is answered as it is."""

    ask_id: int
    """The ask's `id`."""
    reason: str = Field(min_length=1, max_length=1_000, pattern=r"\S")
    """Why nobody needs the answer any more."""
