"""What an agent's step begins with, and what its result says."""

from pathlib import Path

from tests.unit.runner.benches import Kept, bench, work
from treadle.agents.agent_outcome import AgentOutcome
from treadle.agents.claude_code_command import PermissionMode
from treadle.runner.agent_plan import CONTINUATION, earlier_outcome, outcome_data, plan

CONVERSATION = "11111111-2222-4333-8444-555555555555"


def ended(**data: object) -> dict[str, object]:
    return {"eventType": "conversation_ended", "data": data}


def test_the_options_are_the_commands(tmp_path: Path) -> None:
    chosen = {"model": "opus", "max_turns": 3, "permission_mode": "plan", "allowed_tools": ["Bash(make)"]}
    options, prompt = plan(work("claude", options=chosen), bench(tmp_path, Kept()), "Do it.")
    assert (options.model, options.max_turns, options.permission_mode) == ("opus", 3, PermissionMode.PLAN)
    assert (options.allowed_tools, options.resume, prompt) == (("Bash(make)",), False, "Do it.")


def test_a_mode_that_nobody_may_choose_is_none(tmp_path: Path) -> None:
    options, _ = plan(work("claude", options={"permission_mode": "bypassPermissions"}), bench(tmp_path, Kept()), "")
    assert options.permission_mode is PermissionMode.ACCEPT_EDITS


def test_a_broken_off_conversation_goes_on(tmp_path: Path) -> None:
    options, prompt = plan(work("claude"), bench(tmp_path, Kept(), begun=CONVERSATION), "Do it.")
    assert (options.conversation_id, options.resume, prompt) == (CONVERSATION, True, CONTINUATION)


def test_what_earlier_processes_used_counts_too() -> None:
    assert earlier_outcome([]) is None
    killed = ended(num_turns=0, input_tokens=100, output_tokens=5)
    earlier = earlier_outcome([ended(num_turns=2, input_tokens=10, cost_usd=0.5), killed])
    assert earlier is not None
    now = AgentOutcome(
        num_turns=1, input_tokens=1, cached_tokens=2, output_tokens=3, cost_usd=0.25, result_text="Done."
    )
    data = outcome_data(now.after(earlier), CONVERSATION)
    assert (data["num_turns"], data["input_tokens"], data["output_tokens"]) == (3, 111, 8)
    assert (data["cost_usd"], data["cost_is_partial"], data["text"]) == (0.75, True, "Done.")


def test_a_cost_that_nobody_knows_stays_unknown() -> None:
    earlier = earlier_outcome([ended(cost_usd="much")])
    assert earlier is not None
    assert AgentOutcome().after(earlier).cost_usd is None


def test_what_an_agent_in_a_terminal_used_counts_by_its_requests() -> None:
    used = {"action": "used", "input_tokens": 10, "output_tokens": 2, "cost_usd": 0.25}
    end: dict[str, object] = {"conversation_id": CONVERSATION, "reason": "other"}
    earlier = earlier_outcome([{"data": used}, {"data": {**used, "input_tokens": 5}}, {"data": end}])
    assert earlier is not None
    assert (earlier.num_turns, earlier.input_tokens, earlier.output_tokens) == (2, 15, 4)
    assert (earlier.cost_usd, earlier.cost_is_partial) == (0.5, False)
    assert earlier_outcome([{"data": end}, {"data": {"action": "paused"}}]) is None
