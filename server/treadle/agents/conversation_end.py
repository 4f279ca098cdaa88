"""The last event of an agent's process: how it ended, and what it has used."""

from treadle.agents.agent_outcome import AgentOutcome
from treadle.agents.event_draft import EventDraft, draft
from treadle.domain.event import EventType


def conversation_ended(outcome: AgentOutcome, *, interrupted: bool) -> EventDraft:
    told: dict[str, object] = {
        "conversation_id": outcome.conversation_id,
        "exit_code": outcome.exit_code,
        "num_turns": outcome.num_turns,
        "input_tokens": outcome.input_tokens,
        "cached_tokens": outcome.cached_tokens,
        "output_tokens": outcome.output_tokens,
        "cost_usd": outcome.cost_usd,
        "cost_is_partial": outcome.cost_is_partial or None,
        "thinking_blocks": outcome.thinking_blocks or None,
    }
    if interrupted:
        return draft(EventType.CONVERSATION_ENDED, is_error=False, interrupted=True, **told)
    return draft(EventType.CONVERSATION_ENDED, is_error=outcome.is_error, **told)
