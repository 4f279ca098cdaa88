"""How an agent's run ended, in one value: the executor makes the step's result of it."""

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum


class AgentFailure(StrEnum):
    NOT_LOGGED_IN = "not_logged_in"
    API_ERROR = "api_error"
    MAX_TURNS = "max_turns"
    BUDGET_USED_UP = "budget_used_up"
    CONVERSATION_NOT_FOUND = "conversation_not_found"
    CONVERSATION_IN_USE = "conversation_in_use"
    INTERRUPTED = "interrupted"
    ENDED_EARLY = "ended_early"
    GATE_NOT_PASSED = "gate_not_passed"
    """It was done, but for the check that must pass before it may stop."""
    STALLED = "stalled"
    """It did nothing any more, and a person has ended it."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionDenial:
    tool: str
    summary: str
    tool_use_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentOutcome:
    failure: AgentFailure | None = None
    error: str | None = None
    """One sentence for a person; set exactly when there is a failure."""
    result_text: str = ""
    conversation_id: str | None = None
    model: str | None = None
    agent_version: str | None = None
    exit_code: int | None = None
    num_turns: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    """Of this run; None when the agent did not say."""
    cost_is_partial: bool = False
    """It was ended in a turn whose cost it did not say; the tokens hold what is known of it."""
    conversation_cost_usd: float | None = None
    """Of all runs of the conversation."""
    permission_denials: tuple[PermissionDenial, ...] = ()
    unknown_messages: dict[str, int] = field(default_factory=dict)
    """Kinds of messages that the normaliser does not know, with their number: a hint at a newer agent."""
    unknown_texts: tuple[str, ...] = ()
    """The first of these messages as they came, for whoever wants to keep them."""
    thinking_blocks: int = 0
    """How often it thought; what it thought is not kept."""

    @property
    def is_error(self) -> bool:
        return self.failure is not None

    @property
    def is_over_budget(self) -> bool:
        return self.failure is AgentFailure.BUDGET_USED_UP

    @property
    def was_killed(self) -> bool:
        """Not by its own fault, as far as anybody can tell: what it has done is in its conversation."""
        return self.failure is AgentFailure.ENDED_EARLY and (self.exit_code or 0) < 0

    def after(self, earlier: "AgentOutcome") -> "AgentOutcome":
        """Of both runs together, which were one piece of work; how it ended is this one's."""
        costs = (earlier.cost_usd, self.cost_usd)
        known = [cost for cost in costs if cost is not None]
        return replace(
            self,
            result_text=self.result_text or earlier.result_text,
            model=self.model or earlier.model,
            agent_version=self.agent_version or earlier.agent_version,
            num_turns=earlier.num_turns + self.num_turns,
            input_tokens=earlier.input_tokens + self.input_tokens,
            cached_tokens=earlier.cached_tokens + self.cached_tokens,
            output_tokens=earlier.output_tokens + self.output_tokens,
            cost_usd=round(sum(known), 6) if known else None,
            permission_denials=earlier.permission_denials + self.permission_denials,
            cost_is_partial=earlier.cost_is_partial or self.cost_is_partial,
            thinking_blocks=earlier.thinking_blocks + self.thinking_blocks,
            unknown_texts=earlier.unknown_texts + self.unknown_texts,
            unknown_messages=dict(Counter(earlier.unknown_messages) + Counter(self.unknown_messages)),
        )
