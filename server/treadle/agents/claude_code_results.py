"""The sums and the verdict of one run of Claude Code, out of its `result` messages and the end of its process."""

import re

from treadle.agents.agent_outcome import AgentFailure, AgentOutcome
from treadle.agents.claude_code_partial import MessageUsage
from treadle.agents.lenient import JsonObject, amount, an_object, count, optional_text, text, texts

ESTIMATED_COST = re.compile(r"Estimated cost:\s*\$(\d{1,9}(?:\.\d{1,9})?)")

SINCE_LAST_RESULT = "model_usage_since_last_result"
LOGIN_REFUSED = "authentication_failed"
UNAUTHORIZED = 401


class RunLedger:
    def __init__(self, *, resumed: bool) -> None:
        self._resumed = resumed
        self._results: list[JsonObject] = []
        self._failed_call: JsonObject | None = None
        self._login_refusals = 0
        self._cost_before: float | None = None if resumed else 0.0

    @property
    def has_result(self) -> bool:
        return bool(self._results)

    def add_result(self, message: JsonObject) -> None:
        self._results.append(message)

    def add_failed_call(self, message: JsonObject) -> None:
        """The message that stands in for an answer when a call of the API failed for good."""
        self._failed_call = message

    def add_answer(self) -> None:
        self._login_refusals = 0

    def add_retry(self, message: JsonObject) -> None:
        is_refusal = message.get("error") == LOGIN_REFUSED or message.get("error_status") == UNAUTHORIZED
        self._login_refusals = self._login_refusals + 1 if is_refusal else 0

    @property
    def login_is_refused(self) -> bool:
        """Refused twice in a row: the first time Claude Code may still renew a login that has run out."""
        return self._login_refusals > 1

    def add_control_response(self, message: JsonObject) -> None:
        """Costs count from the conversation's beginning; what it cost before this run is asked for at the start."""
        answer = an_object(an_object(message.get("response")).get("response"))
        match = ESTIMATED_COST.search(text(answer.get("text")))
        if match and self._cost_before is None and not self._results:
            self._cost_before = float(match[1])

    def outcome(self, *, exit_code: int | None, stderr: str, unbilled: MessageUsage) -> AgentOutcome:
        """`unbilled`: what was used since the last result; what it cost, nobody says."""
        failure, error = self._verdict(exit_code, stderr)
        last = self._results[-1] if self._results else {}
        cost = self._cost()
        answers = [result for result in self._results if result.get("is_error") is not True]
        spoken = [said for result in answers if (said := optional_text(result.get("result")))]
        return AgentOutcome(
            failure=failure,
            error=error,
            result_text=spoken[-1] if spoken else "",
            exit_code=exit_code,
            num_turns=sum(count(result.get("num_turns")) for result in self._results),
            input_tokens=self._tokens("inputTokens", "cacheCreationInputTokens") + unbilled.input_tokens,
            cached_tokens=self._tokens("cacheReadInputTokens") + unbilled.cached_tokens,
            output_tokens=self._tokens("outputTokens") + unbilled.output_tokens,
            cost_usd=None if cost is None else round(cost, 6),
            cost_is_partial=cost is not None and unbilled != MessageUsage(),
            conversation_cost_usd=amount(last.get("total_cost_usd")),
        )

    def _cost(self) -> float | None:
        parts = self._parts("costUSD")
        if parts is not None:
            return sum(found for part in parts if (found := amount(part)) is not None)
        total_cost = amount(self._results[-1].get("total_cost_usd")) if self._results else None
        return None if total_cost is None or self._cost_before is None else max(0.0, total_cost - self._cost_before)

    def _parts(self, key: str) -> list[object] | None:
        """By model and turn, sub-agents included, each counted once; None: an older Claude Code does not say so."""
        turns = [result.get(SINCE_LAST_RESULT) for result in self._results]
        if not turns or not all(isinstance(turn, dict) for turn in turns):
            return None
        return [an_object(used).get(key) for turn in turns for used in an_object(turn).values()]

    def _tokens(self, *keys: str) -> int:
        """`modelUsage` has the sub-agents too, but counts from the conversation's beginning, `usage` only this run."""
        if self._parts("inputTokens") is not None:
            return sum(count(part) for key in keys for part in self._parts(key) or [])
        by_model = an_object(self._results[-1].get("modelUsage")) if self._results else {}
        if by_model and not self._resumed:
            return sum(count(an_object(usage).get(key)) for usage in by_model.values() for key in keys)
        snake_keys = [re.sub(r"([A-Z])", lambda letter: "_" + letter[1].lower(), key) for key in keys]
        return sum(count(an_object(result.get("usage")).get(key)) for result in self._results for key in snake_keys)

    def _verdict(self, exit_code: int | None, stderr: str) -> tuple[AgentFailure | None, str | None]:
        last = self._results[-1] if self._results else None
        if last is not None and last.get("is_error") is not True:
            return (None, None) if exit_code in (0, None) else _early_end(exit_code, stderr)
        if self.login_is_refused:
            return _not_logged_in("the API refuses the key or login")
        if last is None:
            return _early_end(exit_code, stderr)
        return failure_of(last, self._failed_call)


def failure_of(result: JsonObject, failed_call: JsonObject | None) -> tuple[AgentFailure, str]:
    """What a result with `is_error` means; its `subtype` alone does not tell: it can be "success" with an error."""
    errors = "; ".join(texts(result.get("errors")))
    message = optional_text(result.get("result")) or errors or text(result.get("subtype")) or "no reason given"
    reason = text(result.get("terminal_reason"))
    if "No conversation found" in message:
        return AgentFailure.CONVERSATION_NOT_FOUND, f"Claude Code does not know the conversation: {message}"
    if text(an_object(failed_call).get("error")) == LOGIN_REFUSED:
        return _not_logged_in(message)
    if reason == "api_error":
        return AgentFailure.API_ERROR, f"The agent's API failed: {message}"
    if result.get("subtype") == "error_max_turns":
        return AgentFailure.MAX_TURNS, f"Claude Code stopped: {message}"
    if result.get("subtype") == "error_max_budget_usd":
        return AgentFailure.BUDGET_USED_UP, f"Claude Code stopped: {message}"
    if reason.startswith("aborted"):
        return AgentFailure.INTERRUPTED, "Claude Code was interrupted."
    return AgentFailure.OTHER, f"Claude Code failed: {message}"


def _not_logged_in(reason: str) -> tuple[AgentFailure, str]:
    advice = "log in with `claude` in a terminal, or check ANTHROPIC_API_KEY"
    return AgentFailure.NOT_LOGGED_IN, f"Claude Code is not logged in ({reason}): {advice}."


def _early_end(exit_code: int | None, stderr: str) -> tuple[AgentFailure, str]:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    said = f": {lines[-1]}" if lines else "."
    if "is already in use" in stderr:
        return AgentFailure.CONVERSATION_IN_USE, f"Claude Code cannot begin the conversation{said}"
    if "No conversation found" in stderr:
        return AgentFailure.CONVERSATION_NOT_FOUND, f"Claude Code does not know the conversation{said}"
    how = "ended" if exit_code is None else f"ended with exit code {exit_code}"
    return AgentFailure.ENDED_EARLY, f"Claude Code {how} before it had finished{said}"
