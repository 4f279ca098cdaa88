"""What the reference says beside the method table: of members, events and errors."""

from collections.abc import Iterator, Mapping

from treadle.domain.errors import TreadleError
from treadle.domain.event import EventType
from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.methods import METHODS
from treadle.rpc import errors as wire_errors

COMMON_MEMBERS: Mapping[str, str] = {
    "sessionId": "The session's number.",
    "terminalId": "The terminal's number.",
    "interactionId": "Of an interaction of that session.",
    "projectId": "The project's number.",
    "componentId": "The component's number.",
    "cursor": "The `nextCursor` of the page before; null: the first page.",
    "limit": "How many at most.",
    "nextCursor": "For the page after this one; null: there is none.",
    "session": "As it is now.",
    "interaction": "As it is now.",
    "project": "As it is now.",
    "component": "As it is now.",
    "components": "By name.",
    "subscribed": "Whether this connection gets notices now.",
    "data": "The page.",
    "insertedAt": "When it was made.",
    "updatedAt": "When it changed last.",
    "count": "How many.",
    "lastId": "The highest event id among them.",
    "interactionCount": "Of all its interactions, superseded ones too.",
    "eventCount": "Of its stored events.",
    "status": "Where it is in its life.",
    "command": "What is to be executed.",
    "result": "What came of it.",
    "id": "Its number.",
    "agent": "Which agent works on it.",
    "eventType": "What happened; see “Events”.",
    "event": "The event.",
    "source": "Where the client has it from.",
    "code": "As in `data.code` of an error.",
    "routes": "Where its results lead.",
    "clientId": "Of the `initialize` of that client.",
    "clientName": "For people.",
    "stderr": "As `stdout`.",
    "type": "The id of a session type.",
    "parentSessionId": "The session that it is a part of.",
}
"""Members that mean the same wherever they have no description of their own."""

_OF_A_SUBAGENT = "`parent_tool_use_id` (of a subagent: the call that started it), `agent_type`, `agent_description`"
_TOOL = f"`tool_use_id`, `tool`, {_OF_A_SUBAGENT}"
_OF_AN_AGENT = f"of an agent also `tool_use_id`, `tool`, {_OF_A_SUBAGENT}"
_HOOK = "`hook_id`, `hook_name`, `hook_event`"
_FILE = (
    f"`path` (relative to the project's root), `lines_added`, `lines_removed`; {_OF_AN_AGENT}. With the source "
    "`watcher`: it was only seen, `during` the one tool call that was open then, if it was one; of very many at once "
    "`more_files` (how many), `folder`, `created`, `modified` and `deleted` instead of a path. Of an editor: `saved` "
    "(true: the person saved it), `renamed_from` and `renamed_to` (paths)"
)

EVENT_DATA: Mapping[EventType, str] = {
    EventType.CONVERSATION_STARTED: "`conversation_id` (or `session_id`), `agent`, `agent_version`, `model`, "
    "`permission_mode`, `resumed`, `terminal` (true: in a person's terminal). Sets the session's "
    "`externalConversationId` if it has none; another one changes nothing",
    EventType.CONVERSATION_MESSAGE_SENT: "`text`, `said` (true: a person said it to an agent at work; "
    "`metadata.message_uuid` is the `uid` of the event that has it)",
    EventType.CONVERSATION_MESSAGE_RECEIVED: f"`text`, `message_id`, `local` (true: what a command of the "
    f"agent's program printed), {_OF_A_SUBAGENT}",
    EventType.CONVERSATION_ENDED: "`is_error`, `interrupted`, `exit_code`, `conversation_id`, `num_turns`, "
    "`input_tokens`, `cached_tokens`, `output_tokens`, `cost_usd`, `cost_is_partial` (true: what a turn cost that was "
    "broken off is not known), `thinking_blocks`, `reason`. Its numbers are added to those of the session",
    EventType.TOOL_CALLED: f"{_TOOL}, `path`, `summary`, `input`",
    EventType.TOOL_RESULT: f"{_TOOL}, `is_error`, `refused` (nobody allowed it), `interrupted`, `content`, "
    "`duration_ms`, `background` (true: the tool goes on by itself)",
    EventType.FILE_CREATED: _FILE,
    EventType.FILE_MODIFIED: _FILE,
    EventType.FILE_DELETED: _FILE,
    EventType.COMMAND_STARTED: f"`command`, `working_directory`, `description`, `background` (true: nobody waits "
    f"for it), `gate` (true: an agent's gate runs); {_OF_AN_AGENT}; of one in a person's terminal `terminal` (its "
    "name), `execution_id` (the same when it ends)",
    EventType.COMMAND_OUTPUT: f"`stream` (`stdout` or `stderr`), `text`, `live` (true: told while the command "
    f"ran); {_OF_AN_AGENT}",
    EventType.COMMAND_COMPLETED: f"`exit_code`, `duration_ms`, `ended_by`, `error`; {_OF_AN_AGENT}, `interrupted`, "
    "`background`, `ran`; of one in a person's terminal `terminal`, `execution_id`",
    EventType.HOOK_TRIGGERED: f"{_HOOK}; of a gate also `gate` (true), `hook`, `command`, `run`, `max_runs`",
    EventType.HOOK_COMPLETED: f"{_HOOK}, `outcome`, `exit_code`, `stdout`, `stderr`; of a gate also `gate` (true), "
    "`hook`, `command`, `run`, `max_runs`, `problem`, `duration_ms`, and its `outcome` is `passed`, `blocked` (the "
    "agent is told why and goes on), `given_up` or `cancelled`",
    EventType.SESSION_STATUS_CHANGED: "By a client: `new_status` `failed` or `cancelled`, with `reason`: ends an "
    "active session; or `agent_status`, the agent's own (idle, running, waiting), which changes nothing; or "
    "`compacted` (true: its conversation was made shorter), `trigger`, `tokens_before`; or the `subagent_status` of "
    f"one in the background, {_OF_A_SUBAGENT}. Of an agent "
    "in a terminal, by the daemon: `agent_status` (also `interrupted`); `action` `turn_ended` with `terminal_id`, "
    "`prompt_id`, `text` (its last words), `background` (how many subagents go on); `action` `used` with `model`, "
    "`cost_usd`, `input_tokens`, `cached_tokens`, `output_tokens`, `duration_ms`, which are added to those of the "
    "session. By the "
    "daemon: `action` and `by` (who), with `old_status` and `new_status`, `reason`, `old_command`, `old_metadata` …; "
    "of a permission (`allowed`, `denied`) `tool`, `command`, `part`, `path`, `rule`, `file`, `line`, `ask_id`, "
    "`tool_use_id`, `parent_tool_use_id`; of an ask (`asked`, `answered`, `withdrawn`, `expired`) `ask_id`, `kind`, "
    "`question`, of a permission also `tool`, `command`, `path`, `tool_use_id`, `parent_tool_use_id`, `agent_type`, "
    "and `asked_by` and `options`, or `answer` and `comment`, or `reason`; of a message to an agent (`said`) `text`, "
    "`interrupt`. By the runner: "
    "`denied` with the same and `agent_type`, where nobody can be asked; `answer_taken` with `ask_id`, `answer`, "
    "`asked_for` (the `tool_use_id` of the call it was asked for), where an answer came while no agent was there",
    EventType.SESSION_PAUSED: "By a client: pauses the session. By the daemon: `action`, `by`, `reason`",
    EventType.SESSION_RESUMED: "By a client: resumes the session. By the daemon: `action`, `by`",
    EventType.ERROR_OCCURRED: "`kind`, `message`, `error`, `error_status`, `exit_code`, `summary`, "
    "`tool_use_id`, `tool`; of a retry: `attempt`, `max_retries`, `retry_delay_ms`; of an agent that does nothing "
    "any more (`stalled`): `idle_s`, `silent_s`, `last_message`, `last_message_at`, `open_calls`, `processes`; "
    "of a client whose events were too many while the daemon was away (`events_dropped`): `count`; "
    f"{_OF_A_SUBAGENT}",
}
"""What `data` usually holds. Any JSON object is kept; whoever reads it takes nothing for granted."""

EVERYWHERE = (
    "invalid_params",
    "too_large",
    "storage_unavailable",
    "internal_error",
    "cancelled_request",
    "not_initialized",
)
"""Codes that any method may be answered with."""

ELSEWHERE: Mapping[str, str] = {
    "parse_error": "a body that is no JSON, a stream that is no frames",
    "invalid_request": "a body that is no request",
    "method_not_found": "a method that does not exist",
    "protocol_version": "`initialize`",
    "too_many_clients": "connecting; the id is null",
    "database_too_new": "starting a daemon",
    "refused": "no method of today",
}
"""Codes that no method is answered with, and where they come up."""


def sentences(code: str) -> str:
    """What the error classes of this code say by default."""
    said = [(one.__doc__ or "").strip().splitlines()[0] for one in _error_classes() if one.code == code]
    if code == "internal_error":
        said = [wire_errors.UNEXPECTED.message]
    return " ".join(dict.fromkeys(said))


def raised_by(code: str) -> list[str]:
    """The methods whose row of the table names the code."""
    return [method.name for method in METHODS if any(error.code == code for error in method.errors)]


def _error_classes() -> Iterator[type[TreadleError]]:
    pending = [TreadleError]
    while pending:
        error = pending.pop(0)
        if error.code in NUMBERS and error.__module__.startswith("treadle."):
            yield error
        pending += error.__subclasses__()
