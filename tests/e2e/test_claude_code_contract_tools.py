"""What Treadle relies on in Claude Code about tools: sub-agents, output, background. The list: docs/claude-code.md."""

from tests.e2e.agent_worlds import ASKED, END, AgentWorld, bash, call, calls, hooks, idle, python, tool_results
from tests.e2e.treadle_runs import wait_until
from tests.live_agent import Json, LiveAgent

BASH = ("--allowedTools", "Bash")
WAITS_FOR_GO = "while not pathlib.Path('go').exists(): time.sleep(0.05)"
PRINTS = python(f"import pathlib, time\nprint('line 1')\nprint('line 2')\n{WAITS_FOR_GO}\nprint('line 3')\nexit(3)")


def starts(prompt: str = "Look.", *, background: bool = False) -> Json:
    about = {"description": "Look around", "subagent_type": "general-purpose"}
    return call("Agent", prompt=prompt, run_in_background=background, **about)


def test_lines_of_a_subagent_name_it_and_its_results_lack_their_structure(agent_world: AgentWorld) -> None:
    writes = call("Write", file_path="{{cwd}}/made.txt", content="x")
    agent_world.plays(calls(starts()), END, subagents={"Look.": [calls(writes, bash(ASKED)), {"say": "Looked."}]})
    asked: list[Json] = []

    def answer(request: Json) -> Json:
        asked.append(request)
        return {"behavior": "deny", "message": "No."} if request["subtype"] == "can_use_tool" else {}

    with agent_world.agent(answer=answer) as agent:
        agent.ask("initialize", hooks=hooks("PreToolUse", "PostToolUse", "SubagentStart", "SubagentStop"))
        agent.say("Go.")
        agent.result()
    (started,) = agent.of_kind("system", "task_started")
    assert (started["task_type"], started["subagent_type"]) == ("local_agent", "general-purpose")
    lines = [message for message in agent.messages if message.get("parent_tool_use_id") == started["tool_use_id"]]
    assert {message["agent_id"] for message in lines} == {started["task_id"]}
    assert {message["subagent_type"] for message in lines} == {"general-purpose"}
    assert {message["task_description"] for message in lines} == {"Look around"}
    written = [message for message in lines if message["type"] == "user" and "created" in str(message["message"])]
    assert ["tool_use_result" in message for message in written] == [False]
    theirs = [request for request in asked if request.get("agent_id") or request.get("input", {}).get("agent_id")]
    assert [(request["subtype"], request.get("callback_id")) for request in theirs] == [
        ("hook_callback", "SubagentStart"),
        ("hook_callback", "PreToolUse"),
        ("hook_callback", "PostToolUse"),
        ("hook_callback", "PreToolUse"),
        ("can_use_tool", None),
        ("hook_callback", "SubagentStop"),
    ]
    assert theirs[2]["input"]["tool_response"]["filePath"] == str(agent_world.project / "made.txt")


def test_a_subagent_in_the_background_ends_with_a_notification_and_a_turn(agent_world: AgentWorld) -> None:
    agent_world.plays(
        calls(starts(background=True)),
        {"say": "It looks."},
        {"say": "It has looked."},
        subagents={"Look.": [{"until": "{{cwd}}/go", "say": "Looked."}]},
    )
    with agent_world.agent() as agent:
        agent.ask("initialize")
        agent.say("Go.")
        assert agent.result()["result"] == "It looks."
        (agent_world.project / "go").touch()
        ended = agent.until_kind("system", "task_notification")
        last = agent.result()
        agent.until(idle)
        assert len([message for message in agent.messages if idle(message)]) == 1
    assert (ended["status"], ended["summary"]) == ("completed", "Looked.")
    assert (last["result"], last["origin"]["kind"]) == ("It has looked.", "task-notification")
    (launched,) = [message["tool_use_result"] for message in agent.of_kind("user") if "tool_use_result" in message]
    assert (launched["status"], launched["agentId"]) == ("async_launched", ended["task_id"])


def output_so_far(agent: LiveAgent, task: str, total_bytes: int) -> Json:
    """As soon as it is that long: a task is told of before its program has begun."""
    told: Json = {}

    def is_there() -> bool:
        told.update(agent.ask("get_task_output", task_id=task)["response"])
        return bool(told["total_bytes"] >= total_bytes)

    wait_until(is_there)
    return told


def test_the_output_of_a_running_command_can_be_asked_for(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(PRINTS)), END)
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        agent.say("Go.")
        started = agent.until_kind("system", "task_started")
        task = started["task_id"]
        assert (started["task_type"], started["is_backgrounded"]) == ("local_bash", False)
        assert started["tool_use_id"] == agent.of_kind("assistant")[0]["message"]["content"][0]["id"]
        told = output_so_far(agent, task, 14)
        assert told == {"output": "line 1\nline 2\n", "total_bytes": 14, "truncated": False}
        assert agent.ask("get_task_output", task_id="absent")["subtype"] == "error"
        (agent_world.project / "go").touch()
        agent.result()
        assert agent.ask("get_task_output", task_id=task)["response"]["output"] == ""
    assert tool_results(agent)[0]["content"] == "Exit code 3\nline 1\nline 2\nline 3"


def test_only_the_end_of_a_long_output_is_told(agent_world: AgentWorld) -> None:
    long = python(f"import pathlib, time\nfor number in range(4000): print('line', number)\n{WAITS_FOR_GO}")
    agent_world.plays(calls(bash(long)), END)
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        agent.say("Go.")
        task = agent.until_kind("system", "task_started")["task_id"]
        total = sum(len(f"line {number}\n") for number in range(4000))
        told = output_so_far(agent, task, total)
        (agent_world.project / "go").touch()
    assert told["truncated"] is True
    assert len(told["output"].encode()) == 8192
    assert told["total_bytes"] == total
    assert told["output"].endswith("line 3999\n")


def test_a_command_in_the_background_goes_on_while_the_agent_is_idle(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(PRINTS, run_in_background=True)), {"say": "It runs."}, {"say": "It has ended."})
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        agent.say("Go.")
        task = agent.until_kind("system", "task_started")
        assert task["is_backgrounded"] is True
        assert agent.result()["result"] == "It runs."
        agent.until(idle)
        (agent_world.project / "go").touch()
        ended = agent.until_kind("system", "task_notification")
        assert agent.result()["origin"]["kind"] == "task-notification"
        told = agent.ask("get_task_output", task_id=task["task_id"])["response"]["output"]
    (result,) = [message["tool_use_result"] for message in agent.of_kind("user") if "tool_use_result" in message]
    assert result["backgroundTaskId"] == task["task_id"] == ended["task_id"]
    assert (ended["status"], ended["summary"]) == ("failed", 'Background command "A command" failed with exit code 3')
    assert told == "line 1\nline 2\nline 3\n\n[exited with code 3]\n"
    assert ended["output_file"].startswith(agent_world.environment["CLAUDE_CODE_TMPDIR"])


def test_a_command_in_the_background_can_be_stopped(agent_world: AgentWorld) -> None:
    agent_world.plays(calls(bash(PRINTS, run_in_background=True)), {"say": "It runs."})
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        agent.say("Go.")
        task = agent.until_kind("system", "task_started")["task_id"]
        agent.result()
        agent.until(idle)
        assert agent.ask("stop_task", task_id=task)["subtype"] == "success"
        (ended,) = agent.of_kind("system", "task_notification")
        assert ended["status"] == "stopped"
        assert agent.end() == 0


def test_files_that_a_command_changed_are_named_unless_it_failed(agent_world: AgentWorld) -> None:
    changes = "rm README.md; echo x > made.txt"
    agent_world.plays(calls(bash(changes)), calls(bash("echo y >> made.txt; exit 3")), END)
    with agent_world.agent(*BASH) as agent:
        agent.ask("initialize")
        agent.say("Go.")
        agent.result()
    done, failed = [message["tool_use_result"] for message in agent.of_kind("user") if "tool_use_result" in message]
    files = {file["filePath"].rpartition("/")[2]: file for file in done["bashEditDiff"]["files"]}
    assert (files["README.md"]["deleted"], files["made.txt"]["created"]) == (True, True)
    assert failed == "Error: Exit code 3"


def test_a_picture_comes_whole_in_a_result(agent_world: AgentWorld) -> None:
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
        "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
    )
    (agent_world.project / "dot.png").write_bytes(png)
    agent_world.plays(calls(call("Read", file_path="{{cwd}}/dot.png")), END)
    with agent_world.agent() as agent:
        agent.ask("initialize")
        agent.say("Go.")
        agent.result()
    (block,) = tool_results(agent)[0]["content"]
    assert (block["type"], block["source"]["type"], block["source"]["media_type"]) == ("image", "base64", "image/png")
