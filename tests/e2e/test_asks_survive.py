"""An ask outlives the daemon; whoever answers first is named to the others; an agent cannot answer its own."""

import getpass
import json
import shlex
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_fixtures import BOUND_SECONDS, serve_command
from tests.e2e.asking_worlds import PERMISSION, RUN, asking_world, create_permission_ask
from tests.e2e.terminals import Terminal
from tests.e2e.test_daemon_stdio import connect_command, conversation, framed
from tests.e2e.treadle_runs import World
from tests.wire_client import WireClient, initialize_params
from treadle.agents.claude_code_command import AGENT_SESSION

world = pytest.fixture(asking_world)
OWN = "An agent may not answer what its own session asks."
INITIALIZE = {"id": 1, "method": "initialize", "params": initialize_params()}


def asking(world: World) -> str:
    """A session that waits for an answer; its uid."""
    assert world.treadle(*RUN).code == 9
    return str(world.json("show", "1")["session"]["uid"])


def below_an_agent(world: World, uid: str, *, between: str = "") -> World:
    """Whoever types there has been started by the session's agent. `between`: a command before the last one."""
    last = shlex.join(["env", "-u", AGENT_SESSION, *world.program]) if between else shlex.join(world.program)
    words = f'{between} {last} "$@"; exit $?'
    return replace(world, program=("env", f"{AGENT_SESSION}={uid}", "sh", "-c", words, "sh"))


@pytest.mark.requirement("ask.survives")
def test_what_is_asked_outlives_kill_9_of_the_daemon_and_is_answered_then(world: World) -> None:
    asking(world)
    create_permission_ask(world)
    before = world.json("asks")
    world.kill_daemon()
    assert world.json("asks") == before
    done = world.treadle("answer", "2", "deny", "--comment", "Not on main")
    assert done.code == 0, done
    world.kill_daemon()
    late = world.treadle("answer", "2", "allow")
    assert late.code == 1
    assert f"was answered: deny, by {getpass.getuser()}@" in late.stderr
    assert world.treadle("answer", "1", "approve").code == 0
    assert world.treadle("run", "--session", "1").code == 0
    assert world.steps() == [("approve", "ok"), ("tell", "ok")]
    assert world.json("show", "1")["session"]["openAskCount"] == 0


@pytest.mark.requirement("ask.survives")
def test_a_run_that_waits_at_a_terminal_hears_the_answer_after_the_daemon_was_killed(world: World) -> None:
    terminal = Terminal(world, *RUN)
    terminal.wait_for("Answer: ")
    world.kill_daemon()
    assert world.treadle("answer", "1", "approve").code == 0
    assert terminal.end() == 0, terminal.text
    assert "Answered elsewhere: approve, by " in terminal.text


def client(world: World, name: str) -> WireClient:
    connected = WireClient(world.data_dir / "daemon.sock")
    connected.initialize({"clientId": name, "clientName": name})
    connected.call("session/subscribe", {})
    return connected


def told(window: WireClient) -> dict[str, Any]:
    while (notice := window.notice())["method"] != "ask/didChange":
        pass
    params: dict[str, Any] = notice["params"]
    return params


@pytest.mark.requirement("ask.first-answer-wins", "notices.ask-did-change")
def test_of_two_windows_the_second_sees_who_has_answered(world: World) -> None:
    asking(world)
    with client(world, "first window") as first, client(world, "second window") as second:
        create_permission_ask(world)
        assert [told(each) for each in (first, second)] == [{"sessionId": 1, "openAskCount": 2}] * 2
        assert [ask["id"] for ask in second.call("ask/list")["data"]] == [1, 2]
        answered = first.call("ask/answer", {"askId": 2, "answer": "allow"})["ask"]
        assert (answered["status"], answered["answeredBy"]) == ("answered", "first window")
        assert [told(each) for each in (first, second)] == [{"sessionId": 1, "openAskCount": 1}] * 2
        late = second.refusal("ask/answer", {"askId": 2, "answer": "deny"})
        details = {"askId": 2, "status": "answered", "answer": "allow", "answeredBy": "first window"}
        assert late["data"] == {"code": "ask_closed", "details": {**details, "closedAt": answered["closedAt"]}}
        assert late["message"] == "Ask 2 was answered already: allow, by first window."
        assert second.call("ask/get", {"askId": 2})["ask"] == answered


@pytest.mark.requirement("trust.no-own-answer")
@pytest.mark.parametrize("between", ["", "env"], ids=["its own environment", "taken out of it"])
def test_a_command_of_the_agent_answers_nothing_of_its_session_in_no_way(world: World, between: str) -> None:
    uid = asking(world)
    agent = below_an_agent(world, uid, between=between)
    ways = [
        ("answer", "1", "approve"),
        ("skip", "1", "--reason", "no"),
        ("done", "1"),
    ]
    for words in ways:
        done = agent.treadle(*words)
        assert (done.code, done.stderr) == (1, f"treadle: {OWN}\n"), words
    assert agent.treadle("answer", "1").code == 0
    assert [ask["id"] for ask in world.json("asks")] == [1]
    assert world.steps() == [("approve", "pending")]
    assert below_an_agent(world, "another").treadle("answer", "1", "approve").code == 0


@pytest.mark.requirement("trust.no-own-answer")
def test_neither_does_it_over_a_bridge_or_with_a_daemon_of_its_own(world: World) -> None:
    uid = asking(world)
    mark = ["env", f"{AGENT_SESSION}={uid}", *(f"{name}={value}" for name, value in world.environment.items())]
    say = framed(INITIALIZE, {"id": 2, "method": "ask/answer", "params": {"askId": 1, "answer": "approve"}})
    ask = framed({"id": 3, "method": "ask/create", "params": {"sessionId": 1, **PERMISSION}})
    bridged, code, _ = conversation([*mark, *connect_command(world.data_dir)], say + ask)
    assert (code, [each["error"]["data"]["code"] for each in bridged[1:]]) == (0, ["own_ask", "own_ask"])
    assert world.treadle("stop").code == 0
    below = [*mark, "sh", "-c", '"$@"; exit $?', "sh"]
    own, code, _ = conversation([*below, *serve_command(world.data_dir), "--stdio"], say)
    assert (code, own[1]["error"]["data"]["code"]) == (0, "own_ask")
    assert [ask["id"] for ask in world.json("asks")] == [1]


@pytest.mark.requirement("trust.no-own-answer")
def test_a_connection_that_its_process_has_left_to_another_answers_nothing(world: World) -> None:
    """Who has it now may be below the agent, and need not be."""
    asking(world)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from tests.wire_client import WireClient\n"
        "client = WireClient(Path(sys.argv[1]))\n"
        "client.initialize()\n"
        "parent = os.getpid()\n"
        "if os.fork(): os._exit(0)\n"
        "while os.getppid() == parent: pass\n"
        "print(client.refusal('ask/answer', {'askId': 1, 'answer': 'approve'})['data']['code'], flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(world.data_dir / "daemon.sock")],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=True,
    )
    assert done.stdout == "own_ask\n", done
    assert json.loads(world.treadle("answer", "1", "--json").stdout)["status"] == "open"
