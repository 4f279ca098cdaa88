"""What Treadle relies on in Claude Code about money, tokens and turns. The list of it all: docs/claude-code.md."""

import signal

import pytest

from tests.e2e.agent_worlds import END, AgentWorld, bash, calls, idle, python
from tests.live_agent import Json, LiveAgent

SINCE_LAST = "model_usage_since_last_result"
BASH = ("--allowedTools", "Bash")
ECHO = calls(bash("echo x"))


def tokens(result: Json, key: str = SINCE_LAST) -> tuple[int, int]:
    used = result[key].values()
    return sum(model["inputTokens"] for model in used), sum(model["outputTokens"] for model in used)


def cost(result: Json) -> float:
    return float(sum(model["costUSD"] for model in result[SINCE_LAST].values()))


def cost_told(agent: LiveAgent) -> str:
    told: str = agent.ask("get_session_cost")["response"]["text"]
    return told.splitlines()[0].split()[-1]


def prompted(agent: LiveAgent) -> Json:
    agent.say("Go on.")
    result = agent.result()
    agent.until(idle)
    return result


def test_a_result_says_what_was_used_since_the_one_before_also_after_a_resume(agent_world: AgentWorld) -> None:
    agent_world.plays(*({"say": f"Answer {number}."} for number in range(4)))
    with agent_world.agent() as agent:
        agent.ask("initialize")
        first, second = prompted(agent), prompted(agent)
        assert agent.end() == 0
    with agent_world.agent(resume=True) as agent:
        agent.ask("initialize")
        assert cost_told(agent) == f"${second['total_cost_usd']:.4f}"
        third = prompted(agent)
    assert [tokens(result)[0] for result in (first, second, third)] == [1000, 1250, 1500]
    assert [result["usage"]["input_tokens"] for result in (first, second, third)] == [1000, 1250, 1500]
    assert tokens(third, "modelUsage")[0] == 1000 + 1250 + 1500
    assert third["total_cost_usd"] == pytest.approx(cost(first) + cost(second) + cost(third))


def test_a_result_counts_subagents_only_by_model(agent_world: AgentWorld) -> None:
    starts = {"tool": "Agent", "input": {"description": "Look", "prompt": "Look.", "run_in_background": False}}
    agent_world.plays(calls(starts), END, subagents={"Look.": [{"say": "Looked."}]})
    with agent_world.agent() as agent:
        agent.ask("initialize")
        result = prompted(agent)
    assert result["usage"]["input_tokens"] == 1000 + 1250
    assert tokens(result)[0] == 1000 + 1250 + 1000


@pytest.mark.parametrize(("ending", "told"), [(signal.SIGTERM, True), (signal.SIGKILL, False)])
def test_the_cost_of_a_turn_that_was_ended_is_known_after_sigterm_and_lost_after_sigkill(
    agent_world: AgentWorld, ending: signal.Signals, *, told: bool
) -> None:
    agent_world.plays({"say": "One."}, calls(bash(python("import time; time.sleep(600)"))), END)
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        before = prompted(agent)["total_cost_usd"]
        agent.say("Go on.")
        running = agent.until_kind("system", "task_started")
        if ending is signal.SIGKILL:
            agent.ask("stop_task", task_id=running["task_id"])  # else the command would live on, as an orphan
        agent.process.send_signal(ending)
        assert agent.wait() == (143 if ending is signal.SIGTERM else -9)
    with agent_world.agent(resume=True) as agent:
        agent.ask("initialize")
        conversation = float(cost_told(agent).removeprefix("$"))
    assert (conversation > before) is told
    assert told or conversation == 0


def test_a_budget_is_one_process_and_stops_before_the_next_answer(agent_world: AgentWorld) -> None:
    """Answers cost 0.005 to 0.007 dollars; the limit of 0.012 is passed by the third."""
    agent_world.plays(*([ECHO] * 8), END)
    budget = ("--max-budget-usd", "0.012")
    with agent_world.agent(*budget) as agent:
        agent.ask("initialize")
        stopped = prompted(agent)
        assert (stopped["subtype"], stopped["is_error"]) == ("error_max_budget_usd", True)
        assert stopped["terminal_reason"] == "budget_exhausted"
        assert stopped["errors"] == ["Reached maximum budget ($0.012)"]
        assert agent_world.requests == 3
        assert prompted(agent)["subtype"] == "error_max_budget_usd"
        assert agent_world.requests == 3
        assert agent.end() == 1
    with agent_world.agent(*budget, resume=True) as agent:
        agent.ask("initialize")
        again = prompted(agent)
        assert again["subtype"] == "error_max_budget_usd"
        assert cost(again) > 0.012
        assert agent_world.requests == 5


def test_a_limit_of_turns_is_one_of_each_prompt(agent_world: AgentWorld) -> None:
    agent_world.plays(*([ECHO] * 6), END)
    with agent_world.agent("--max-turns", "2") as agent:
        agent.ask("initialize")
        results = [prompted(agent), prompted(agent)]
        assert [result["subtype"] for result in results] == ["error_max_turns"] * 2
        assert agent_world.requests == 4
        assert agent.end() == 1


def test_partial_messages_tell_the_text_and_the_tokens_of_each_message(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "A word and another one."})
    with agent_world.agent("--include-partial-messages") as agent:
        agent.ask("initialize")
        result = prompted(agent)
        events = [message["event"] for message in agent.of_kind("stream_event")]
    said = [event["delta"]["text"] for event in events if event["type"] == "content_block_delta"]
    assert "".join(said) == "A word and another one."
    (begun,) = [event["message"] for event in events if event["type"] == "message_start"]
    (ended,) = [message for message in agent.of_kind("stream_event") if message["event"]["type"] == "message_delta"]
    assert ended["api_message_id"] == begun["id"]
    assert (begun["usage"]["input_tokens"], ended["event"]["usage"]["output_tokens"]) == tokens(result)
