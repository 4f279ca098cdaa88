"""Whether the agent may use a tool: the rules are asked before each call, a person where they or the agent say so."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

from treadle.agents.claude_code_protocol import AgentRequest, Message, allow, before_tool, deny
from treadle.agents.event_draft import draft
from treadle.agents.lenient import JsonObject, an_object, optional_text, text
from treadle.agents.permission_questions import PERMISSION_OPTIONS, WRITES, ToolUse, details_of, question_of
from treadle.client.errors import RemoteError
from treadle.domain.ask import ALLOW, ALLOW_SESSION, DENY
from treadle.domain.event import EventSource, EventType
from treadle.runner.ask_book import ANSWERED, EXPIRED, REFUSED, AskBook, Closed, NewAsk
from treadle.runner.patience import with_patience
from treadle.runner.regular_file import read_regular
from treadle.runner.work import Work
from treadle.runner.workbench import Workbench

HOOK_SECONDS = 600.0
"""For an answer to a hook: the daemon may be away for a while."""
MAX_SHOWN_BYTES = 256 * 1024
"""Of a file whose change is shown."""
MAX_RULED_TEXT = 64 * 1024
"""Characters of a text in the input, which no rule reads, but for the command."""
NOBODY = (
    "Nobody is there to ask: this session runs by itself. Only changes of the project's files, its test command and "
    "what the rules allow are allowed. Go on without this."
)


class AgentPermissions:
    def __init__(self, work: Work, bench: Workbench, book: AskBook) -> None:
        self._work = work
        self._bench = bench
        self._book = book
        self._verdicts: dict[str, JsonObject] = {}
        """Of the rules, by tool call, until a person has been asked."""
        self._asked: dict[str, int] = {}
        """The open asks, by the request that waits for them."""

    def before_tool(self, request: AgentRequest, parent: str | None) -> list[Message]:
        """What the rules say. `parent`: the call that started the sub-agent which makes this one."""
        hook = request.tool_input
        tool_use_id = text(hook.get("tool_use_id")) or request.request_id
        params = {
            **self._work.key,
            "tool": text(hook.get("tool_name")) or "unknown",
            "input": _ruled(an_object(hook.get("tool_input"))),
            "toolUseId": tool_use_id,
            "parentToolUseId": parent,
            "workingDirectory": text(hook.get("cwd")) or str(self._bench.project_root),
            "root": str(self._bench.project_root),
        }
        ask = partial(self._bench.ask, "permission/check", params)
        try:
            verdict = with_patience(ask, gives_up=lambda: self._bench.stop.is_requested)
        except RemoteError as error:
            return [before_tool(request.request_id, DENY, f"The rules could not be asked: {error.message}")]
        self._verdicts[tool_use_id] = verdict
        decision, reason = (optional_text(verdict.get(name)) for name in ("decision", "reason"))
        return [before_tool(request.request_id, decision, reason)]

    def asked(self, request: AgentRequest, parent: str | None) -> list[Message]:
        """What a person says, as soon as one has; nothing yet where one must be asked."""
        use = ToolUse.of(request)
        verdict = self._verdicts.pop(use.tool_use_id, {})
        timeout_s = self._work.ask_timeout_s
        wanted = NewAsk(
            kind="permission",
            question=question_of(use, (str(self._bench.project_root),)),
            options=PERMISSION_OPTIONS,
            asked_by=f"{use.who}, in the step {self._work.step}",
            details={**details_of(use, current=self._current(use)), **self._about(request, verdict, parent)},
            timeout_s=timeout_s,
            default_answer=None if timeout_s is None else DENY,
        )
        if not self._book.can_be_asked and not self._book.has_answer(wanted):
            tell_denied(self._bench, use, NOBODY)
            return [deny(request.request_id, NOBODY)]
        ask_id, told = self._book.ask(wanted, partial(self._decided, request, use))
        if ask_id is not None:
            self._asked[request.request_id] = ask_id
        return told

    def cancelled(self, request_id: str, reason: str) -> None:
        """The agent does not wait for it any more."""
        if (ask_id := self._asked.pop(request_id, None)) is not None:
            self._book.withdraw(ask_id, reason)

    def process_begins(self) -> None:
        """What an earlier process waited for, nobody waits for now."""
        for request_id in list(self._asked):
            self.cancelled(request_id, "The agent that asked has ended.")
        self._verdicts.clear()

    def _decided(self, request: AgentRequest, use: ToolUse, closed: Closed) -> list[Message]:
        self._asked.pop(request.request_id, None)
        if closed.status in (ANSWERED, EXPIRED) and closed.answer in (ALLOW, ALLOW_SESSION):
            return [allow(request.request_id, request.tool_input)]
        if closed.status == REFUSED:
            tell_denied(self._bench, use, closed.comment or "")
        return [deny(request.request_id, _denial(closed, self._work.ask_timeout_s))]

    def _about(self, request: AgentRequest, verdict: JsonObject, parent: str | None) -> Mapping[str, object]:
        rule = an_object(verdict.get("rule"))
        shown = f"{text(rule.get('file'))}, line {rule.get('line')}" if rule else None
        about = {
            "working_directory": str(self._bench.project_root),
            "reason": optional_text(verdict.get("reason")) or request.reason,
            "rule": shown,
            "grant": verdict.get("grant"),
            "parent_tool_use_id": parent,
        }
        return {name: value for name, value in about.items() if value}

    def _current(self, use: ToolUse) -> str | None:
        """What is in the file that is to be written."""
        if use.tool == WRITES and use.path:
            with suppress(OSError, ValueError):
                return read_regular(Path(use.path), MAX_SHOWN_BYTES).decode("utf-8", "replace")
        return None


def tell_denied(bench: Workbench, use: ToolUse, reason: str) -> None:
    """To the record: nobody could be asked."""
    event = draft(EventType.SESSION_STATUS_CHANGED, action="denied", reason=reason, **use.told())
    bench.emit(event, EventSource.STREAM)


def _denial(closed: Closed, timeout_s: float | None) -> str:
    """To the agent."""
    if closed.status == EXPIRED:
        return f"Nobody answered within {timeout_s or 0:g} s, so this is denied. Go on without it."
    if closed.status == ANSWERED:
        return (
            f"A person denied this: {closed.comment}" if closed.comment else "A person denied this. Go on without it."
        )
    return f"This is denied: nobody could be asked. {closed.comment or ''}".rstrip()


def _ruled(tool_input: JsonObject) -> dict[str, object]:
    """Without the long texts that no rule reads."""
    return {
        key: value[:MAX_RULED_TEXT] if isinstance(value, str) and key != "command" else value
        for key, value in tool_input.items()
        if key not in ("content", "old_string", "new_string", "edits")
    }
