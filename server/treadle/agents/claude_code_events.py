"""Claude Code's stream-json messages as session events: the one place that knows both.

Messages of kinds that it does not know give no event. They are counted in the outcome, so that a newer Claude Code
is noticed and nothing breaks.
"""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from treadle.agents.agent_outcome import AgentFailure, AgentOutcome
from treadle.agents.claude_code_calls import ToolCalls
from treadle.agents.claude_code_partial import PartialMessages
from treadle.agents.claude_code_prompts import Prompts
from treadle.agents.claude_code_results import RunLedger, failure_of
from treadle.agents.claude_code_subagents import SubAgents
from treadle.agents.conversation_end import conversation_ended
from treadle.agents.event_draft import EventDraft, draft, portable
from treadle.agents.lenient import JsonObject, an_object, count, joined_text, objects, optional_text, text
from treadle.agents.unknown_messages import UnknownMessages
from treadle.domain.event import EventType
from treadle.domain.session import Agent

AGENT_STATUSES = {"requires_action": "waiting"}
SILENT_TYPES = frozenset(
    {"control_request", "control_cancel_request", "command_lifecycle", "keep_alive", "rate_limit_event"}
)
SILENT_SUBTYPES = frozenset(
    {"status", "thinking_tokens", "hook_progress", "task_progress", "task_updated", "background_tasks_changed"}
    | {"permission_denied", "notification", "informational", "ui_invalidate"}
)
THINKING = frozenset({"thinking", "redacted_thinking"})
INTERRUPTION = "[Request interrupted by user"
"""Begins the line that stands where a turn was broken off."""
MAX_ID_CHARACTERS = 100


class Normaliser:
    """One for each process of the agent: feed it every message, then finish it with the exit code."""

    def __init__(self, *, project_root: str, resumed: bool = False) -> None:
        self._resumed = resumed
        self._subagents = SubAgents()
        self._calls = ToolCalls(project_root, self._subagents)
        self._partial = PartialMessages()
        self._ledger = RunLedger(resumed=resumed)
        self._prompts = Prompts()
        self._unknown = UnknownMessages()
        self._started: JsonObject | None = None
        self._agent_status: str | None = None
        self._error_is_told = False
        self._thinking_blocks = 0
        self._seen: set[str] = set()
        self._outcome: AgentOutcome | None = None

    @property
    def is_idle(self) -> bool:
        """The prompts are answered: the process may be ended, unless a command in the background is waited for."""
        if self.undelivered:
            return False
        if self._agent_status is None:
            return self._ledger.has_result
        return self._agent_status == "idle" and (self._ledger.has_result or bool(self.delivered))

    @property
    def login_is_refused(self) -> bool:
        """The agent goes on trying for minutes, in vain: the process may be ended."""
        return self._ledger.login_is_refused

    @property
    def delivered(self) -> frozenset[str]:
        """The uuids of the messages that the agent has taken into its conversation."""
        return self._prompts.delivered

    @property
    def undelivered(self) -> frozenset[str]:
        """The uuids of the persons' messages that it was given and has not taken yet."""
        return self._prompts.undelivered

    @property
    def text_so_far(self) -> str:
        """What the agent is just writing; needs partial messages."""
        return self._partial.text

    @property
    def tasks_to_poll(self) -> tuple[str, ...]:
        """The running commands whose output may be asked for: `task_output` takes the answer."""
        return self._calls.live.task_ids

    @property
    def background_commands(self) -> tuple[str, ...]:
        """The calls whose commands go on in the background; also an idle agent may have some."""
        return self._calls.background_commands

    @property
    def outcome(self) -> AgentOutcome:
        """Complete when `finish` has been called; before that, as things stand."""
        return self._outcome or self._outcome_now(exit_code=None, stderr="")

    def parent_of(self, agent_id: str | None) -> str | None:
        """The tool call that started this sub-agent: hooks and requests name one only by its id."""
        return self._subagents.parent_of(agent_id)

    def agent_type_of(self, parent: str | None) -> str | None:
        """Of the sub-agent that this call started."""
        return optional_text(self._subagents.of_call(parent).get("agent_type")) if parent else None

    def person_says(self, uuid: str) -> None:
        """A person's message is given to the agent under this uuid."""
        self._prompts.person_says(uuid)

    def hook_called(self, hook_input: JsonObject) -> None:
        """The input of a PostToolUse hook: what a sub-agent's result in the stream does not say."""
        if hook_input.get("hook_event_name") == "PostToolUse":
            self._calls.hook_called(hook_input)

    def task_output(self, task_id: str, answer: JsonObject) -> list[EventDraft]:
        """What `get_task_output` answered: the lines that are new."""
        return self._calls.task_output(task_id, answer) if self._outcome is None else []

    def unreadable(self, line: bytes | str) -> None:
        """A line that is no message: kept like a message of an unknown kind."""
        words = line if isinstance(line, str) else line.decode("utf-8", "replace")
        if words.strip():
            self._unknown.add("no JSON object", words)

    def feed(self, message: JsonObject) -> list[EventDraft]:
        kind, subtype = text(message.get("type")), text(message.get("subtype"))
        if kind == "stream_event":
            self._partial.add(message)
            return []
        read = READERS.get((kind, subtype if kind == "system" else ""))
        if read is None:
            if kind not in SILENT_TYPES and not (kind == "system" and subtype in SILENT_SUBTYPES):
                self._unknown.add(f"{kind}/{subtype}", message)
            return []
        uuid = text(message.get("uuid"))[:MAX_ID_CHARACTERS]
        if uuid in self._seen or self._outcome is not None:
            return []
        if uuid:
            self._seen.add(uuid)
        metadata: dict[str, object] | None = {"message_uuid": portable(uuid)} if uuid else None
        return [replace(event, metadata=metadata) for event in read(self, message)]

    def finish(self, exit_code: int | None, *, stderr: str = "", interrupted: bool = False) -> list[EventDraft]:
        """Closes what the agent left open.

        `exit_code` None means that nobody knows it; `interrupted`, that it was ended because the run stops.
        """
        if self._outcome is not None:
            return []
        events = self._calls.finish()
        outcome = self._outcome = self._outcome_now(exit_code=exit_code, stderr=stderr)
        if outcome.failure and not self._error_is_told and not interrupted:
            told = {"kind": outcome.failure, "message": outcome.error, "exit_code": exit_code}
            events.append(draft(EventType.ERROR_OCCURRED, **told))
        if self._started is not None:
            events.append(conversation_ended(outcome, interrupted=interrupted))
        return events

    def _outcome_now(self, *, exit_code: int | None, stderr: str) -> AgentOutcome:
        outcome = self._ledger.outcome(exit_code=exit_code, stderr=stderr, unbilled=self._partial.unbilled)
        started = self._started or {}
        return replace(
            outcome,
            permission_denials=tuple(self._calls.denials),
            conversation_id=optional_text(started.get("session_id")),
            model=optional_text(started.get("model")),
            agent_version=optional_text(started.get("claude_code_version")),
            unknown_messages=self._unknown.kinds,
            unknown_texts=self._unknown.kept,
            thinking_blocks=self._thinking_blocks,
        )

    def _initialised(self, message: JsonObject) -> list[EventDraft]:
        """It comes at the beginning of every turn; a conversation starts once."""
        if self._started is not None:
            return []
        self._started = message
        if directory := optional_text(message.get("cwd")):  # the real path, where the project's may be a link
            self._calls.roots = (*self._calls.roots, directory)
        told = {
            "conversation_id": optional_text(message.get("session_id")),
            "agent_version": optional_text(message.get("claude_code_version")),
            "model": optional_text(message.get("model")),
            "permission_mode": optional_text(message.get("permissionMode")),
        }
        return [draft(EventType.CONVERSATION_STARTED, agent=Agent.CLAUDE_CODE.value, resumed=self._resumed, **told)]

    def _state_changed(self, message: JsonObject) -> list[EventDraft]:
        state = text(message.get("state"))
        status = AGENT_STATUSES.get(state, state)
        if not status or status == self._agent_status:
            return []
        self._agent_status = status
        return [draft(EventType.SESSION_STATUS_CHANGED, agent_status=status)]

    def _hook_started(self, message: JsonObject) -> list[EventDraft]:
        return [draft(EventType.HOOK_TRIGGERED, **_picked(message, "hook_id", "hook_name", "hook_event"))]

    def _hook_ended(self, message: JsonObject) -> list[EventDraft]:
        keys = ("hook_id", "hook_name", "hook_event", "outcome", "exit_code", "stdout", "stderr")
        return [draft(EventType.HOOK_COMPLETED, **_picked(message, *keys))]

    def _api_retry(self, message: JsonObject) -> list[EventDraft]:
        self._ledger.add_retry(message)
        told = _picked(message, "error", "error_status", "attempt", "max_retries", "retry_delay_ms")
        return [draft(EventType.ERROR_OCCURRED, kind="api_retry", **told)]

    def _compacted(self, message: JsonObject) -> list[EventDraft]:
        about = an_object(message.get("compact_metadata"))
        told = {"trigger": optional_text(about.get("trigger")), "tokens_before": count(about.get("pre_tokens")) or None}
        return [draft(EventType.SESSION_STATUS_CHANGED, compacted=True, **told)]

    def _task_started(self, message: JsonObject) -> list[EventDraft]:
        return self._calls.task_started(message)

    def _background_task_ended(self, message: JsonObject) -> list[EventDraft]:
        return self._calls.background_task_ended(message)

    def _control_response(self, message: JsonObject) -> list[EventDraft]:
        self._ledger.add_control_response(message)
        return []

    def _result(self, message: JsonObject) -> list[EventDraft]:
        self._ledger.add_result(message)
        self._partial.billed()
        if message.get("is_error") is not True or self._error_is_told:
            return []
        failure, error = failure_of(message, None)
        if failure is AgentFailure.INTERRUPTED:  # told where it was broken off; an error only if nothing follows
            return []
        self._error_is_told = True
        return [draft(EventType.ERROR_OCCURRED, kind=failure, message=error)]

    def _assistant(self, message: JsonObject) -> list[EventDraft]:
        content = an_object(message.get("message")).get("content")
        if error := optional_text(message.get("error")):  # not the model's words, but a call of the API that failed
            self._ledger.add_failed_call(message)
            self._error_is_told = True
            told = {"error": error, "error_status": message.get("api_error_status"), "message": joined_text(content)}
            return [draft(EventType.ERROR_OCCURRED, kind="api_error", **told)]
        self._error_is_told = False
        self._ledger.add_answer()
        self._partial.completed(message)
        events: list[EventDraft] = []
        for block in objects(content):
            kind = block.get("type")
            if kind == "text" and text(block.get("text")).strip():
                events.append(self._received(message, text(block.get("text"))))
            elif kind == "tool_use":
                events += self._calls.called(message, block)
            elif kind in THINKING:
                self._thinking_blocks += 1
            elif kind != "text":
                self._unknown.add(f"assistant/{kind}", message)
        return events

    def _received(self, message: JsonObject, words: str) -> EventDraft:
        message_id = optional_text(an_object(message.get("message")).get("id"))
        by = self._subagents.about(message)
        self._subagents.said(by, words)
        return draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text=words, message_id=message_id, **by)

    def _user(self, message: JsonObject) -> list[EventDraft]:
        self._subagents.about(message)
        if message.get("isReplay") is True:
            return self._prompts.replayed(message)
        words = joined_text(an_object(message.get("message")).get("content"))
        if words.startswith(INTERRUPTION) and message.get("parent_tool_use_id") is None:
            return [draft(EventType.SESSION_STATUS_CHANGED, agent_status="interrupted")]
        return self._calls.answered(message)


def _picked(message: JsonObject, *keys: str) -> dict[str, object]:
    return {key: message.get(key) for key in keys}


READERS: MappingProxyType[tuple[str, str], Callable[[Normaliser, JsonObject], list[EventDraft]]] = MappingProxyType(
    {
        ("system", "init"): Normaliser._initialised,
        ("system", "session_state_changed"): Normaliser._state_changed,
        ("system", "hook_started"): Normaliser._hook_started,
        ("system", "hook_response"): Normaliser._hook_ended,
        ("system", "api_retry"): Normaliser._api_retry,
        ("system", "compact_boundary"): Normaliser._compacted,
        ("system", "task_started"): Normaliser._task_started,
        ("system", "task_notification"): Normaliser._background_task_ended,
        ("control_response", ""): Normaliser._control_response,
        ("assistant", ""): Normaliser._assistant,
        ("user", ""): Normaliser._user,
        ("result", ""): Normaliser._result,
    }
)
