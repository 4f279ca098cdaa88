"""Claude Code's stream-json messages as session events: the one place that knows both.

Messages of kinds that it does not know give no event. They are counted in the outcome, so that a newer Claude Code
is noticed and nothing breaks.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

from treadle.agents.agent_outcome import AgentOutcome
from treadle.agents.claude_code_calls import ToolCalls
from treadle.agents.claude_code_results import RunLedger, failure_of
from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.lenient import JsonObject, an_object, joined_text, objects, optional_text, text
from treadle.domain.event import EventType
from treadle.domain.session import Agent

AGENT_STATUSES = {"requires_action": "waiting"}
SILENT_TYPES = frozenset(
    {"stream_event", "control_request", "control_cancel_request", "command_lifecycle", "keep_alive", "rate_limit_event"}
)
SILENT_SUBTYPES = frozenset(
    {"status", "thinking_tokens", "hook_progress", "task_started", "task_progress", "task_updated"}
    | {
        "background_tasks_changed",
        "permission_denied",
        "compact_boundary",
        "notification",
        "informational",
        "ui_invalidate",
    }
)
MAX_UNKNOWN = 20
TASK_NOTIFICATION = "<task-notification>"
"""Begins a prompt that the program gives itself when a task in the background has ended."""


class Normaliser:
    """One for each process of the agent: feed it every message, then finish it with the exit code."""

    def __init__(self, *, project_root: str, resumed: bool = False) -> None:
        self._resumed = resumed
        self._calls = ToolCalls(project_root)
        self._ledger = RunLedger(resumed=resumed)
        self._started: JsonObject | None = None
        self._agent_status: str | None = None
        self._error_is_told = False
        self._unknown: Counter[str] = Counter()
        self._outcome: AgentOutcome | None = None

    @property
    def is_idle(self) -> bool:
        """The prompts are answered and nothing runs in the background: the process may be ended."""
        return self._ledger.has_result and self._agent_status in (None, "idle")

    @property
    def login_is_refused(self) -> bool:
        """The agent goes on trying for minutes, in vain: the process may be ended."""
        return self._ledger.login_is_refused

    @property
    def outcome(self) -> AgentOutcome:
        """Complete when `finish` has been called; before that, as things stand."""
        return self._outcome or self._outcome_now(exit_code=None, stderr="")

    def feed(self, message: JsonObject) -> list[EventDraft]:
        kind, subtype = text(message.get("type")), text(message.get("subtype"))
        read = READERS.get((kind, subtype if kind == "system" else ""))
        if read is None:
            if kind not in SILENT_TYPES and not (kind == "system" and subtype in SILENT_SUBTYPES):
                self._unknown[f"{kind}/{subtype}"[:100]] += 1
            return []
        uuid = optional_text(message.get("uuid"))
        metadata: dict[str, object] | None = {"message_uuid": uuid[:100]} if uuid else None
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
            events.append(_conversation_ended(outcome, interrupted=interrupted))
        return events

    def _outcome_now(self, *, exit_code: int | None, stderr: str) -> AgentOutcome:
        unknown = dict(self._unknown.most_common(MAX_UNKNOWN))
        outcome = self._ledger.outcome(exit_code=exit_code, stderr=stderr, unknown_messages=unknown)
        started = self._started or {}
        return replace(
            outcome,
            permission_denials=tuple(self._calls.denials),
            conversation_id=optional_text(started.get("session_id")),
            model=optional_text(started.get("model")),
            agent_version=optional_text(started.get("claude_code_version")),
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

    def _background_task_ended(self, message: JsonObject) -> list[EventDraft]:
        return self._calls.background_task_ended(message)

    def _control_response(self, message: JsonObject) -> list[EventDraft]:
        self._ledger.add_control_response(message)
        return []

    def _result(self, message: JsonObject) -> list[EventDraft]:
        self._ledger.add_result(message)
        if message.get("is_error") is not True or self._error_is_told:
            return []
        self._error_is_told = True
        failure, error = failure_of(message, None)
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
        events: list[EventDraft] = []
        for block in objects(content):
            if block.get("type") == "text" and text(block.get("text")).strip():
                events.append(_said(message, text(block.get("text"))))
            elif block.get("type") == "tool_use":
                events += self._calls.called(message, block)
        return events

    def _user(self, message: JsonObject) -> list[EventDraft]:
        if message.get("isReplay") is not True:
            return self._calls.answered(message)
        prompt = joined_text(an_object(message.get("message")).get("content"))
        is_ours = bool(prompt) and not prompt.startswith(TASK_NOTIFICATION)
        return [draft(EventType.CONVERSATION_MESSAGE_SENT, text=prompt)] if is_ours else []


def _said(message: JsonObject, words: str) -> EventDraft:
    told = {
        "message_id": optional_text(an_object(message.get("message")).get("id")),
        "parent_tool_use_id": optional_text(message.get("parent_tool_use_id")),
    }
    return draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text=words, **told)


def _conversation_ended(outcome: AgentOutcome, *, interrupted: bool) -> EventDraft:
    told: dict[str, object] = {
        "conversation_id": outcome.conversation_id,
        "exit_code": outcome.exit_code,
        "num_turns": outcome.num_turns,
        "input_tokens": outcome.input_tokens,
        "cached_tokens": outcome.cached_tokens,
        "output_tokens": outcome.output_tokens,
        "cost_usd": outcome.cost_usd,
    }
    if interrupted:
        return draft(EventType.CONVERSATION_ENDED, is_error=False, interrupted=True, **told)
    return draft(EventType.CONVERSATION_ENDED, is_error=outcome.is_error, **told)


def _picked(message: JsonObject, *keys: str) -> dict[str, object]:
    return {key: message.get(key) for key in keys}


READERS: MappingProxyType[tuple[str, str], Callable[[Normaliser, JsonObject], list[EventDraft]]] = MappingProxyType(
    {
        ("system", "init"): Normaliser._initialised,
        ("system", "session_state_changed"): Normaliser._state_changed,
        ("system", "hook_started"): Normaliser._hook_started,
        ("system", "hook_response"): Normaliser._hook_ended,
        ("system", "api_retry"): Normaliser._api_retry,
        ("system", "task_notification"): Normaliser._background_task_ended,
        ("control_response", ""): Normaliser._control_response,
        ("assistant", ""): Normaliser._assistant,
        ("user", ""): Normaliser._user,
        ("result", ""): Normaliser._result,
    }
)
