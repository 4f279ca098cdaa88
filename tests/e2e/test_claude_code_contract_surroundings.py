"""What Treadle relies on in Claude Code beside its messages: files, commands, exit codes. List: docs/claude-code.md."""

import json
import signal
import subprocess

import pytest

from tests.e2e.agent_worlds import END, AgentWorld, bash, calls, idle, new_uuid, python
from tests.e2e.treadle_runs import wait_until
from tests.live_agent import LiveAgent
from treadle.runner.process_table import start_token

BASH = ("--allowedTools", "Bash")
WAITS = python("import time; time.sleep(600)")


def begun(agent: LiveAgent) -> None:
    agent.ask("initialize")
    agent.say("Go.")


def test_a_conversation_is_kept_under_our_id_in_a_file_of_lines(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "One."})
    uuid = new_uuid()
    with agent_world.agent() as agent:
        agent.ask("initialize")
        agent.say("Go.", uuid=uuid)
        agent.result()
        assert agent.end() == 0
    folder = str(agent_world.project).replace("/", "-").replace("_", "-").replace(".", "-")
    transcript = agent_world.config / "projects" / folder / f"{agent_world.conversation_id}.jsonl"
    lines = [json.loads(line) for line in transcript.read_text("utf-8").splitlines()]
    said = {line["type"]: line for line in lines if line["type"] in ("user", "assistant")}
    assert (said["user"]["uuid"], said["user"]["message"]["content"]) == (uuid, "Go.")
    assert said["assistant"]["message"]["content"] == [{"type": "text", "text": "One."}]


def test_a_running_agent_is_listed_with_its_state_until_it_ends(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(WAITS)), END)
    claude = agent_world.environment["TREADLE_CLAUDE"]
    with agent_world.agent(*BASH) as agent:
        begun(agent)
        agent.until_kind("system", "task_started")
        done = subprocess.run(
            [claude, "agents", "--json"],
            env=agent_world.environment,
            cwd=agent_world.project,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=True,
        )
        (listed,) = json.loads(done.stdout)
        assert (listed["pid"], listed["sessionId"]) == (agent.process.pid, agent_world.conversation_id)
        assert listed["status"] == "busy"
        wait_until(lambda: len(agent_world.status_files) == 1)
        (known,) = agent_world.status_files
        assert (known["pid"], known["sessionId"]) == (agent.process.pid, agent_world.conversation_id)
        agent.ask("interrupt")
        agent.result()
        agent.end()
    assert agent_world.status_files == []


def test_a_conversation_is_forked_into_another_id(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "One."}, {"say": "Two."})
    with agent_world.agent() as agent:
        begun(agent)
        agent.result()
        agent.end()
    forked = new_uuid()
    with agent_world.agent("--fork-session", f"--session-id={forked}", resume=True) as agent:
        begun(agent)
        assert agent.result()["result"] == "Two."
        assert agent.of_kind("system", "init")[0]["session_id"] == forked


@pytest.mark.parametrize(("ending", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 0)])
def test_a_signal_ends_it_and_its_command(agent_world: AgentWorld, ending: signal.Signals, code: int) -> None:
    agent_world.plays(calls(bash("echo $$ > pid.txt; exec " + WAITS)), END)
    with agent_world.agent(*BASH) as agent:
        begun(agent)
        agent.until_kind("system", "task_started")
        told = agent_world.project / "pid.txt"
        wait_until(lambda: told.exists() and told.read_text("utf-8").endswith("\n"))
        child = int(told.read_text("utf-8"))
        agent.process.send_signal(ending)
        assert agent.wait() == code
        if ending is signal.SIGTERM:
            assert agent.of_kind("result") == []
    wait_until(lambda: start_token(child) is None)


def test_an_unknown_option_is_an_error_in_words(agent_world: AgentWorld) -> None:
    with agent_world.agent("--no-such-option") as agent:
        assert agent.wait() == 1
        assert agent.process.stderr
        assert b"unknown option '--no-such-option'" in agent.process.stderr.read()
        assert agent.messages == []


def test_states_are_told_only_when_they_are_asked_for(agent_world: AgentWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.live_agent.ENVIRONMENT", {})
    agent_world.plays(END)
    with agent_world.agent() as agent:
        begun(agent)
        agent.result()
        assert agent.end() == 0
    assert not any(idle(message) for message in agent.messages)


def test_each_turn_begins_with_an_init_of_the_same_conversation(agent_world: AgentWorld) -> None:
    agent_world.plays({"say": "One."}, {"say": "Two."})
    with agent_world.agent() as agent:
        begun(agent)
        agent.result()
        agent.say("Again.")
        agent.result()
    inits = agent.of_kind("system", "init")
    assert [init["session_id"] for init in inits] == [agent_world.conversation_id] * 2
    assert inits[0]["cwd"] == str(agent_world.project)
