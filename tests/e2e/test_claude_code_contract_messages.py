"""What Treadle relies on in Claude Code when somebody speaks to a working agent. The list: docs/claude-code.md."""

import pytest

from tests.e2e.agent_worlds import ASKED, END, AgentWorld, bash, calls, idle, new_uuid, python, tool_results
from tests.live_agent import Json, LiveAgent, is_kind

WAITS = python("import time; time.sleep(600)")
BASH = ("--allowedTools", "Bash")


def leaves_waiting(request: Json) -> Json | None:
    return None if request["subtype"] == "can_use_tool" else {}


def replayed(agent: LiveAgent) -> list[tuple[str, str]]:
    return [(message["uuid"], message["message"]["content"]) for message in agent.of_kind("user") if is_replay(message)]


def is_replay(message: Json) -> bool:
    return message.get("isReplay") is True


def fates(agent: LiveAgent, uuid: str) -> list[str]:
    lifecycle = agent.of_kind("command_lifecycle")
    return [message["state"] for message in lifecycle if message["command_uuid"] == uuid]


def is_queued(uuid: str, message: Json) -> bool:
    return is_kind(message, "command_lifecycle") and (message["command_uuid"], message["state"]) == (uuid, "queued")


def said_while_it_works(agent: LiveAgent, text: str) -> str:
    uuid = new_uuid()
    agent.say(text, uuid=uuid)
    agent.until(lambda message: is_queued(uuid, message))
    return uuid


def test_a_message_while_a_tool_runs_is_taken_into_the_same_turn(agent_world: AgentWorld) -> None:
    ends_when_told = python("import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.05)")
    agent_world.plays(calls(bash(ends_when_told)), {"say": "Both."})
    first = new_uuid()
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        agent.say("First.", uuid=first)
        agent.until_kind("assistant")
        second = said_while_it_works(agent, "Second.")
        (agent_world.project / "go").touch()
        result = agent.result()
        agent.until(idle)
        assert replayed(agent) == [(first, "First."), (second, "Second.")]
        assert fates(agent, second) == ["queued", "started", "completed"]
    kinds = [(message["type"], message.get("uuid")) for message in agent.messages]
    assert kinds.index(("user", second)) < kinds.index(("assistant", agent.of_kind("assistant")[-1]["uuid"]))
    assert (result["result"], len(agent.of_kind("result")), agent_world.requests) == ("Both.", 1, 2)


def test_a_message_while_the_model_answers_is_the_next_turn(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "word " * 60, "pace_s": 0.1}, {"say": "Next."})
    with agent_world.agent("--include-partial-messages") as agent:
        agent.ask("initialize")
        agent.say("First.", uuid=new_uuid())
        agent.until_kind("stream_event")
        said_while_it_works(agent, "Second.")
        agent.result()
        assert agent.result()["result"] == "Next."
        agent.until(idle)
        assert [text for _, text in replayed(agent)] == ["First.", "Second."]


def test_the_same_message_is_taken_once_also_after_a_resume(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "One."}, {"say": "Two."})
    uuid = new_uuid()
    with agent_world.agent() as agent:
        agent.ask("initialize")
        agent.say("First.", uuid=uuid)
        agent.result()
        agent.until(idle)
        agent.say("First.", uuid=uuid)
        agent.until(is_replay)
        agent.until(idle)
        assert agent.end() == 0
        assert len(agent.of_kind("result")) == 1
    with agent_world.agent(resume=True) as agent:
        agent.ask("initialize")
        agent.say("First.", uuid=uuid)
        agent.until(idle)
        assert replayed(agent) == [(uuid, "First.")]
        assert agent.end() == 0
        assert agent.of_kind("result") == []
    assert agent_world.requests == 1


@pytest.mark.parametrize(
    ("turn", "reason", "line"),
    [
        (calls(bash(WAITS)), "aborted_tools", "[Request interrupted by user for tool use]"),
        ({"say": "word " * 800, "pace_s": 0.05}, "aborted_streaming", "[Request interrupted by user]"),
    ],
)
def test_an_interrupt_ends_the_turn_and_the_next_message_goes_on(
    agent_world: AgentWorld, turn: Json, reason: str, line: str
) -> None:
    agent_world.plays(turn, {"say": "Next."})
    with agent_world.agent(*BASH, "--include-partial-messages") as agent:
        agent.ask("initialize")
        agent.say("First.")
        agent.until(lambda message: is_running(turn, message))
        assert agent.ask("interrupt") == {"subtype": "success", "request_id": "ask-2", "response": {"still_queued": []}}
        result = agent.result()
        assert (result["subtype"], result["is_error"]) == ("error_during_execution", True)
        assert result["terminal_reason"] == reason
        assert line in [block["text"] for block in texts(agent)]
        agent.until(idle)
        agent.say("Second.")
        assert agent.result()["result"] == "Next."
        assert agent.end() == 0


def is_running(turn: Json, message: Json) -> bool:
    if "calls" in turn:
        return is_kind(message, "system", "task_started")
    return is_kind(message, "stream_event") and bool(message["event"]["type"] == "content_block_delta")


def texts(agent: LiveAgent) -> list[Json]:
    contents = [message["message"]["content"] for message in agent.of_kind("user")]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    return [block for block in blocks if block["type"] == "text"]


def test_what_is_queued_follows_an_interrupt_by_itself(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(WAITS)), {"say": "Next."})
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        agent.say("First.", uuid=new_uuid())
        agent.until_kind("system", "task_started")
        queued = said_while_it_works(agent, "Second.")
        assert agent.ask("interrupt")["response"] == {"still_queued": [queued]}
        assert agent.result()["is_error"] is True
        assert agent.result()["result"] == "Next."
        agent.until(idle)
        assert len([message for message in agent.messages if idle(message)]) == 1


def test_an_interrupt_withdraws_what_is_asked_first(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(ASKED)), {"say": "Next."})
    with agent_world.agent(answer=leaves_waiting) as agent:
        agent.ask("initialize")
        agent.say("First.")
        asked = agent.until_kind("control_request", "can_use_tool")
        agent.ask("interrupt")
        withdrawn = agent.until(lambda message: is_kind(message, "control_cancel_request"), anywhere=True)
        assert withdrawn["request_id"] == asked["request_id"]
        agent.result()
        agent.reply(asked, {"behavior": "allow", "updatedInput": asked["request"]["input"]})
        agent.say("Second.")
        assert agent.result()["result"] == "Next."
        assert agent.end() == 0
    assert [block["is_error"] for block in tool_results(agent)] == [True]


def test_an_interrupt_of_an_idle_agent_changes_nothing(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "One."}, {"say": "Two."})
    with agent_world.agent() as agent:
        agent.ask("initialize")
        agent.say("First.")
        agent.result()
        agent.until(idle)
        assert agent.ask("interrupt")["subtype"] == "success"
        agent.say("Second.")
        assert agent.result()["result"] == "Two."


def test_the_end_of_the_input_lets_a_turn_finish(agent_world: AgentWorld) -> None:
    ends_when_told = python("import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.05)")
    agent_world.plays(calls(bash(ends_when_told)), {"say": "Finished."})
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        agent.say("First.")
        agent.until_kind("assistant")
        assert agent.process.stdin
        agent.process.stdin.close()
        (agent_world.project / "go").touch()
        assert agent.result()["result"] == "Finished."
        assert agent.wait() == 0


def test_a_command_of_its_own_is_replayed_with_its_name(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "One."}, {"say": "<summary>Short.</summary>"}, END)
    uuid = new_uuid()
    with agent_world.agent() as agent:
        agent.ask("initialize")
        agent.say("First.")
        agent.result()
        agent.say("/compact", uuid=uuid)
        boundary = agent.until_kind("system", "compact_boundary")
        assert boundary["compact_metadata"]["trigger"] == "manual"
        assert boundary["compact_metadata"]["pre_tokens"] > 0
        agent.result()
        assert dict(replayed(agent))[uuid].startswith("<command-name>/compact</command-name>")
