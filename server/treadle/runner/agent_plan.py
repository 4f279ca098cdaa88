"""What an agent's step begins with: which conversation, which prompt, what it may do and cost; and what it came to."""

from collections.abc import Iterable
from dataclasses import asdict, replace

from treadle.agents.agent_outcome import AgentFailure, AgentOutcome
from treadle.agents.claude_code_command import ClaudeCodeOptions, PermissionMode, is_conversation_id
from treadle.agents.lenient import JsonObject, amount, an_object, count, optional_text, text, texts
from treadle.domain.event import EventType
from treadle.runner.work import Work
from treadle.runner.workbench import Workbench

CONTINUATION = (
    "You were interrupted before you had finished. Look at what is already done in the project's files, "
    "then finish the task that you were given."
)


USED = "used"
MORE_BUDGET = "What you may cost was used up, and a person has allowed more. Go on where you were stopped."


def plan(work: Work, bench: Workbench, prompt: str) -> tuple[ClaudeCodeOptions, str]:
    given = an_object(work.metadata.get("options"))
    mode = text(given.get("permission_mode"))
    options = ClaudeCodeOptions(
        conversation_id=bench.new_id(),
        model=optional_text(given.get("model")),
        max_turns=count(given.get("max_turns")) or None,
        allowed_tools=tuple(texts(given.get("allowed_tools"))),
        permission_mode=PermissionMode(mode) if mode in tuple(PermissionMode) else PermissionMode.ACCEPT_EDITS,
    )
    if interrupted := _conversation(bench.begun_conversation()):
        return replace(options, conversation_id=interrupted, resume=True), CONTINUATION
    if work.metadata.get("conversation") == "continue":
        latest = _conversation(bench.latest_conversation()) or _conversation(work.conversation_id)
        if latest:
            return replace(options, conversation_id=latest, resume=True), prompt
    return options, prompt


def _conversation(named: str | None) -> str | None:
    """Only an id that Claude Code can have had: events may be anybody's."""
    return named if named and is_conversation_id(named) else None


USE_TOLD_BY = (EventType.CONVERSATION_ENDED.value, EventType.SESSION_STATUS_CHANGED.value)


def earlier_outcome(events: Iterable[JsonObject]) -> AgentOutcome | None:
    """What was used so far in the interaction: by processes that were killed or stopped, as their end tells, and by an
    agent in a terminal, as each of its requests does.

    None when there was none.
    """
    told = [data for event in events if _tells_use(data := an_object(event.get("data")))]
    if not told:
        return None
    costs = [cost for each in told if (cost := amount(each.get("cost_usd"))) is not None]
    return AgentOutcome(
        num_turns=sum(1 if each.get("action") == USED else count(each.get("num_turns")) for each in told),
        input_tokens=sum(count(each.get("input_tokens")) for each in told),
        cached_tokens=sum(count(each.get("cached_tokens")) for each in told),
        output_tokens=sum(count(each.get("output_tokens")) for each in told),
        cost_usd=sum(costs) if costs else None,
        cost_is_partial=len(costs) < len(told),
    )


def _tells_use(data: JsonObject) -> bool:
    return data.get("action") == USED or "num_turns" in data or "cost_usd" in data


def budget_used_up(sentence: str) -> AgentOutcome:
    """Nobody wants it to cost more."""
    return AgentOutcome(failure=AgentFailure.BUDGET_USED_UP, error=f"{sentence} Nobody has allowed more.")


def outcome_data(outcome: AgentOutcome, conversation_id: str) -> dict[str, object]:
    """Of the step's result."""
    data: dict[str, object] = {
        "conversation_id": outcome.conversation_id or conversation_id,
        "text": outcome.result_text,
        "model": outcome.model,
        "agent_version": outcome.agent_version,
        "num_turns": outcome.num_turns,
        "input_tokens": outcome.input_tokens,
        "cached_tokens": outcome.cached_tokens,
        "output_tokens": outcome.output_tokens,
        "cost_usd": outcome.cost_usd,
        "cost_is_partial": outcome.cost_is_partial,
        "permission_denials": [asdict(denial) for denial in outcome.permission_denials],
        "failure": outcome.failure.value if outcome.failure else None,
    }
    if outcome.unknown_messages:
        data["unknown_messages"] = dict(outcome.unknown_messages)
    return data
