"""Whether the agent in a terminal may use a tool: the rules are asked before each call, people besides it."""

import asyncio
import uuid
from collections.abc import Iterable
from datetime import timedelta

from treadle.agents.agent_questions import ASK_TOOL, answered_input, questions_of
from treadle.agents.lenient import JsonObject, amount, an_object, optional_text, text
from treadle.agents.permission_questions import PERMISSION_OPTIONS, ToolUse, details_of, question_of
from treadle.agents.terminal_events import OpenCall
from treadle.domain.ask import ALLOW, ALLOW_SESSION, DENY, Ask, AskKind, AskOption, AskStatus
from treadle.domain.errors import TreadleError
from treadle.domain.interaction import Interaction
from treadle.domain.terminal import Terminal
from treadle.ingest.waiting_asks import WaitingAsks
from treadle.permissions.rules import Effect
from treadle.service import permissions
from treadle.service.application import Application
from treadle.service.asks import NewAsk
from treadle.service.lookups import require_interaction
from treadle.service.permissions import Checked

RULES_SECONDS = 5.0
"""For the rules to be asked, on a busy computer. Later the agent would go on as if there were none."""
NOT_ASKED = "Treadle's rules could not be asked."
_OURS = uuid.UUID("6f0d3f0a-3c57-4b52-9d0e-6c9a1c1d7c11")


class PermissionAsks:
    def __init__(self, application: Application, terminal: Terminal) -> None:
        self._application = application
        self._terminal = terminal
        self._waiting = WaitingAsks(application, terminal)

    async def before_tool(self, payload: JsonObject, call: OpenCall | None = None) -> JsonObject | None:
        """What the rules say; None: nothing. Where they cannot say it, the person at the terminal decides."""
        try:
            async with asyncio.timeout(RULES_SECONDS):
                checked = await self._checked(payload, _use_of(payload, call), call)
        except (TreadleError, TimeoutError):
            return _before_tool(Effect.ASK, NOT_ASKED)
        decision = checked.verdict.decision
        return None if decision is None else _before_tool(decision, checked.verdict.reason)

    async def decide(self, payload: JsonObject, call: OpenCall | None, gone: asyncio.Event) -> JsonObject | None:
        """What a person says; None when nobody does. `gone`: the terminal was quicker."""
        use = _use_of(payload, call)
        try:
            if use.tool == ASK_TOOL and questions_of(use.tool_input):
                return await self._answers(use, gone)
            return await self._permission(payload, use, call, gone)
        except TreadleError:
            # The terminal asks by itself, whatever we cannot do.
            return None

    async def withdraw_left(self) -> None:
        """What a daemon asked that was killed."""
        await self._waiting.withdraw_left()

    async def _permission(
        self, payload: JsonObject, use: ToolUse, call: OpenCall | None, gone: asyncio.Event
    ) -> JsonObject | None:
        checked, interaction = await self._checked(payload, use, call), await self._interaction()
        wanted = self._wanted(
            use,
            interaction,
            kind=AskKind.PERMISSION,
            question=question_of(use, (self._terminal.root,)),
            details={**details_of(use), **self._about(checked, call)},
            options=PERMISSION_OPTIONS,
        )
        closed = await self._waiting.closed([wanted], gone)
        return None if closed is None else _decision(closed[0], _timeout_s(interaction))

    async def _answers(self, use: ToolUse, gone: asyncio.Event) -> JsonObject | None:
        """To the agent's own questions. None, if one of them was withdrawn."""
        interaction, questions = await self._interaction(), questions_of(use.tool_input)
        about = {"tool": use.tool, "tool_use_id": use.tool_use_id}
        wanted = [
            self._wanted(
                use,
                interaction,
                number,
                kind=AskKind.QUESTION,
                question=question.shown,
                details={**about, "fingerprint": f"{use.fingerprint}:{number}"},
                options=question.options(),
            )
            for number, question in enumerate(questions)
        ]
        closed = await self._waiting.closed(wanted, gone)
        if closed is None or any(ask.status is AskStatus.WITHDRAWN for ask in closed):
            return None
        answers: dict[str, str] = {}
        notes: dict[str, str] = {}
        for question, ask in zip(questions, closed, strict=True):
            if ask.answer is not None:
                answers[question.text] = question.answer(ask.answer, ask.comment)
                if note := question.notes(ask.answer, ask.comment):
                    notes[question.text] = note
        return _decided(behavior=ALLOW, updatedInput=answered_input(use.tool_input, answers, notes))

    def _wanted(
        self,
        use: ToolUse,
        interaction: Interaction,
        number: int = 0,
        *,
        kind: AskKind,
        question: str,
        details: JsonObject,
        options: Iterable[JsonObject],
    ) -> NewAsk:
        """A repeated request is the same ask."""
        timeout_s = _timeout_s(interaction)
        expires_at = None if timeout_s is None else self._application.clock() + timedelta(seconds=timeout_s)
        return NewAsk(
            session_id=self._terminal.session_id,
            interaction_id=interaction.id,
            uid=str(uuid.uuid5(_OURS, f"{use.tool_use_id}:{number}")),
            kind=kind,
            question=question,
            details=details,
            options=[_option(each) for each in options],
            asked_by=f"{use.who}, in the step {interaction.step}",
            expires_at=expires_at,
            default_answer=DENY if kind is AskKind.PERMISSION and timeout_s is not None else None,
        )

    def _about(self, checked: Checked, call: OpenCall | None) -> JsonObject:
        rule = checked.verdict.rule
        about = {
            "working_directory": self._terminal.root,
            "reason": checked.verdict.reason,
            "rule": None if rule is None else f"{rule.file}, line {rule.line}",
            "grant": checked.grant.as_json_object,
            "parent_tool_use_id": None if call is None else call.parent_tool_use_id,
        }
        return {name: value for name, value in about.items() if value}

    async def _checked(self, payload: JsonObject, use: ToolUse, call: OpenCall | None) -> Checked:
        folder, root = text(payload.get("cwd")), self._terminal.root
        return await self._application.permissions.check(
            self._terminal.scope,
            session_id=self._terminal.session_id,
            interaction_id=self._terminal.interaction_id,
            tool_use=permissions.ToolUse(
                tool=use.tool,
                tool_input=use.tool_input,
                tool_use_id=use.tool_use_id,
                parent_tool_use_id=None if call is None else call.parent_tool_use_id,
                working_directory=folder if folder.startswith("/") else root,
                root=root,
            ),
        )

    async def _interaction(self) -> Interaction:
        """As it is now: a person may have changed its options."""
        session_id, interaction_id = self._terminal.session_id, self._terminal.interaction_id
        return await self._application.database.read(lambda rows: require_interaction(rows, session_id, interaction_id))


def _use_of(payload: JsonObject, call: OpenCall | None) -> ToolUse:
    """A request for permission does not name the call; one that is not found has an id of its own."""
    found = None if call is None else call.tool_use_id
    return ToolUse(
        tool=text(payload.get("tool_name")) or "unknown",
        tool_input=an_object(payload.get("tool_input")),
        tool_use_id=optional_text(payload.get("tool_use_id")) or found or str(uuid.uuid4()),
        agent_type=optional_text(payload.get("agent_type")),
    )


def _timeout_s(interaction: Interaction) -> float | None:
    return amount(an_object(interaction.command.metadata.get("options")).get("ask_timeout_s"))


def _option(option: JsonObject) -> AskOption:
    return AskOption(
        name=text(option.get("name")),
        title=text(option.get("title")),
        description=optional_text(option.get("description")),
    )


def _decision(ask: Ask, timeout_s: float | None) -> JsonObject | None:
    if ask.status is AskStatus.WITHDRAWN:
        return None
    if ask.answer in (ALLOW, ALLOW_SESSION):
        return _decided(behavior=ALLOW)
    if ask.status is AskStatus.EXPIRED:
        message = f"Nobody answered within {timeout_s or 0:g} s, so this is denied. Go on without it."
    elif ask.comment:
        message = f"A person denied this: {ask.comment}"
    else:
        message = "A person denied this. Go on without it."
    return _decided(behavior=DENY, message=message)


def _decided(**decision: object) -> JsonObject:
    return {"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision}}


def _before_tool(decision: Effect, reason: str | None) -> JsonObject:
    told = {"permissionDecision": decision.value, "permissionDecisionReason": reason or ""}
    return {"hookSpecificOutput": {"hookEventName": "PreToolUse", **told}}
