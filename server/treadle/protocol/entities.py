"""Entities as clients see them."""

from pydantic import Field

from treadle.domain.event import EventSource, EventType
from treadle.domain.result import ResultStatus
from treadle.domain.session import Agent, Environment, ExecutionMode, SessionStatus
from treadle.protocol.wire import JsonObject, Params, Response, Timestamp


class CommandView(Response):
    id: str
    """UUID."""
    module: str
    """The step that made it."""
    command: str
    """What to execute: `shell` (the words of `metadata.argv`), `claude`, `read_file`, `spawn_sessions`, `ask`, `noop`;
    anything else is a string for a POSIX shell."""
    metadata: JsonObject
    """How to execute it, by what the command is; see “Executing a command”."""
    timestamp: Timestamp
    """When it was made."""


class ResultView(Response):
    id: str
    """The client's."""
    status: ResultStatus
    data: JsonObject
    """What the step made of the client's data."""
    code: int | None
    """The exit code, where there was one."""
    error_message: str | None
    """One sentence; never null for error and warning."""
    stdout: str | None
    """Its first and last 32 KiB; the whole may be an output that `data.outputs` names."""
    stderr: str | None
    """As `stdout`."""
    duration_ms: int | None
    """Milliseconds that the execution took."""
    timestamp: Timestamp
    """When the client made it, or when it came."""


class ClaimView(Response):
    client_id: str
    """Of the `initialize` of the client that executes the interaction, or did."""
    client_name: str | None
    """For people."""
    claimed_at: Timestamp
    """Since when this client has held it without a break."""
    expires_at: Timestamp
    """When the claim ends unless a heartbeat comes."""


class InteractionView(Response):
    id: str
    """UUID."""
    session_id: int
    position: int
    """1, 2, 3 … in its session."""
    attempt: int
    """1 + the results of this step since it last ended ok or warning."""
    step: str
    """The name of the step: `command.module`."""
    command: CommandView
    result: ResultView | None
    """Null while there is none; one of status `pending` is progress and completes nothing."""
    interrupted: bool
    """Its holder died while executing it; a person's consent runs it again."""
    inserted_at: Timestamp
    completed_at: Timestamp | None
    """When its final result came."""
    superseded_at: Timestamp | None
    """When another interaction took its place before it had a result."""
    claim: ClaimView | None
    """Who executes it; of a completed one, who did."""


class SessionHead(Response):
    """A session without its interactions but for the pending one."""

    id: int
    """Short enough to type, and never used again."""
    uid: str
    """UUID; stays the same wherever the session goes."""
    type: str
    """The id of its session type."""
    type_version: int
    """The version of the type that it started with."""
    title: str | None
    """A person's words, or null."""
    account_id: int
    """Whose account it is."""
    user_id: int
    """Whose session it is."""
    project_id: int | None
    """Null: it has no project, or that was deleted."""
    component_id: int | None
    """What it works on; null: nothing, or that was deleted."""
    parent_session_id: int | None
    """The session that it is a part of."""
    agent: Agent
    environment: Environment
    """Whose working copy it changes: `vscode` the person's open checkout, `local` a branch of its own."""
    execution_mode: ExecutionMode
    """`manual`: step by step in the person's terminal; `agentic`: in the background."""
    status: SessionStatus
    state: JsonObject
    """What the session's steps remember."""
    options: JsonObject
    """As given to `session/create`."""
    external_conversation_id: str | None
    """The agent's own conversation id, once an event has told it."""
    failure_reason: str | None
    """Why it failed or was cancelled."""
    interaction_count: int
    """Of all its interactions, superseded ones too."""
    event_count: int
    """Of its stored events."""
    open_ask_count: int
    """Of its asks that wait for a person; see `ask/list`."""
    cost_usd: float | None
    """What its agent has cost, in US dollars: each run counted once, as its `conversation_ended` tells; null: none has
    told any. Sessions below it have their own."""
    input_tokens: int
    """As `costUsd`; without those that were read from a cache."""
    cached_tokens: int
    """Read from a cache."""
    output_tokens: int
    """Written by the model."""
    pending_interaction: InteractionView | None
    """What is to be executed now; null: ask `session/nextCommand`, or the session has ended."""
    paused_at: Timestamp | None
    """Since when a person holds it; only an active session can be paused."""
    inserted_at: Timestamp
    updated_at: Timestamp


class SessionEventView(Response):
    sent_at: Timestamp
    """When it happened, by the client's clock."""
    id: int
    """Counted over all sessions in the order of arrival."""
    uid: str
    """The client's."""
    session_id: int
    interaction_id: str | None
    """What it happened in, if the client said so."""
    event_type: EventType
    source: EventSource
    data: JsonObject
    """Byte for byte as the client sent it; see “Events”."""
    metadata: JsonObject | None
    """As the client sent it; `client` names the client."""
    inserted_at: Timestamp
    """When it arrived."""
    updated_at: Timestamp
    """The same: events are never changed."""


class ProjectView(Response):
    id: int
    name: str
    """From its settings, or as the client found it."""
    root: str
    """Absolute path of the folder where it was opened last by somebody who trusts it."""
    first_commit: str | None
    """With the remote it is the project's identity, so that a moved folder stays the same project."""
    remote: str | None
    """Without any secret."""
    settings: JsonObject
    """What its settings file and the found facts say."""
    inserted_at: Timestamp
    updated_at: Timestamp


class ComponentView(Response):
    id: int
    project_id: int
    name: str
    """Unique in its project."""
    kind: str
    """Such as `module` or `context`; a context has components below it."""
    parent_component_id: int | None
    """The component that it is a part of."""
    paths: dict[str, str]
    """Paths in the project by their role, such as `design`, `code`, `tests`."""


class RoutesView(Response):
    """Where each final result of a step leads: the name of a step, or null when it finishes the workflow."""

    ok: str | None
    """After a result of status ok."""
    warning: str | None
    """After a warning."""
    error: str | None
    """The same step again, where the type has no other way."""


class StepView(Response):
    name: str
    """Unique in the type."""
    kind: str
    """What executes it: `shell`, `agent`, `read_file`, `spawn` or `ask`."""
    detour: bool
    """Not of the straight way: only a route leads to it."""
    routes: RoutesView
    max_attempts: int
    """Of this step since it last ended ok or warning; a session that needs more fails."""


class SessionTypeView(Response):
    id: str
    """For `session/create`."""
    title: str
    """For people."""
    description: str
    """One sentence."""
    version: int
    """Raised with every change of its steps."""
    needs_component: bool
    """Whether `session/create` must name a component."""
    steps: list[StepView]
    """The straight way first, in its order."""
    options_schema: JsonObject
    """JSON Schema of `options` in `session/create`."""
    max_attempts: int
    """Of a step that has no limit of its own."""
    max_steps: int
    """Of one session since it was started or reopened."""
    defined_in: str | None
    """Of a project's workflow: its file, below the project's root; null: it is installed."""


class ResultInput(Params):
    """A result as a client reports it. Its id makes a retry harmless."""

    id: str = Field(min_length=1, max_length=64)
    """Made by the client, best a UUID: the same id again is the same result."""
    status: ResultStatus
    """`pending` tells progress and leaves the interaction pending."""
    data: JsonObject = Field(default_factory=dict)
    """What the command gave; see “Executing a command”."""
    code: int | None = None
    """The exit code, where there was one."""
    error_message: str | None = None
    """One sentence; required for error and warning."""
    stdout: str | None = None
    """Of a longer text the first and last 32 KiB stay."""
    stderr: str | None = None
    """As `stdout`."""
    duration_ms: int | None = Field(default=None, ge=0)
    """Milliseconds that the execution took."""
    timestamp: Timestamp | None = None
    """Null: when it arrives."""


class SessionEventInput(Params):
    """An event as a client reports it. Its uid makes a retried batch harmless; `data` is kept byte for byte."""

    uid: str = Field(min_length=1, max_length=64)
    """Made by the client, best a UUID, unique in the session."""
    event_type: EventType
    sent_at: Timestamp
    """When it happened; strictly increasing within a session."""
    data: JsonObject
    """Any JSON object; see “Events”."""
    source: EventSource = EventSource.STREAM
    """Where the client has it from."""
    interaction_id: str | None = None
    """What it happened in: one of the same session."""
    metadata: JsonObject | None = None
    """About the event: `client` (name and version), `corrects` (the `uid` of an event that this one puts right). Left
    out, it names the connection's client."""
