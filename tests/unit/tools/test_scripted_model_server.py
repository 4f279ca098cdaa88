"""The scripted model over HTTP, as an agent program sees it."""

import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.scripted_model.script import Json, Script
from tools.scripted_model.server import ScriptedModelServer, start

SERVER = Path(__file__).resolve().parents[3] / "tools" / "scripted_model" / "server.py"
TOOLS = [{"name": "Bash"}]
ANSWER = {"think": "Hm.", "say": "Zero. " * 30, "calls": [{"tool": "Bash", "input": {"command": "ls"}}]}
TURNS: list[Json] = [
    ANSWER,
    {"error": {"status": 529, "type": "overloaded_error", "message": "busy"}},
    {"say": "half", "cut": True},
    {"hang": True},
]


@pytest.fixture
def server() -> Iterator[ScriptedModelServer]:
    with start({"x": Script.parse("x", {"turns": TURNS})}) as running:
        yield running


def ask(
    server: ScriptedModelServer, path: str, *, turn: int = 0, method: str = "POST", **body: Any
) -> tuple[int, bytes]:
    messages = [{"role": role, "content": "words"} for _ in range(turn) for role in ("user", "assistant")]
    document = {"messages": [*messages, {"role": "user", "content": "Go."}], "tools": TOOLS, "model": "m", **body}
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)  # type: ignore[arg-type]
    try:
        connection.request(method, path, json.dumps(document))
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_an_answer_comes_whole(server: ScriptedModelServer) -> None:
    status, body = ask(server, "/x/v1/messages?beta=true")
    message = json.loads(body)
    assert (status, message["model"], message["stop_reason"]) == (200, "m", "tool_use")
    assert [block["type"] for block in message["content"]] == ["thinking", "text", "tool_use"]
    assert ask(server, "/x/v1/messages")[1] == body
    assert server.requests == [{"script": "x", "turn": 0, "side": False}] * 2


def test_a_stream_holds_the_same_answer(server: ScriptedModelServer) -> None:
    whole = json.loads(ask(server, "/x/v1/messages")[1])
    _, body = ask(server, "/x/v1/messages", stream=True)
    events = [json.loads(line[6:]) for line in body.decode().splitlines() if line.startswith("data: ")]
    assert [events[0]["type"], events[-2]["type"], events[-1]["type"]] == [
        "message_start",
        "message_delta",
        "message_stop",
    ]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert "".join(delta.get("text", "") for delta in deltas) == ANSWER["say"]
    assert json.loads("".join(delta.get("partial_json", "") for delta in deltas)) == {"command": "ls"}
    assert events[-2]["usage"]["output_tokens"] == whole["usage"]["output_tokens"]


def test_an_error_has_its_status(server: ScriptedModelServer) -> None:
    status, body = ask(server, "/x/v1/messages", turn=1)
    expected = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    assert (status, json.loads(body)) == (529, expected)


def test_a_stream_can_break_off(server: ScriptedModelServer) -> None:
    with pytest.raises(http.client.IncompleteRead) as broken:
        ask(server, "/x/v1/messages", turn=2, stream=True)
    assert b"half" in broken.value.partial


def test_a_hanging_answer_ends_with_the_server() -> None:
    with start({"x": Script.parse("x", {"turns": TURNS})}) as server:
        connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)  # type: ignore[arg-type]
        messages = [{"role": role, "content": "words"} for _ in range(3) for role in ("user", "assistant")]
        connection.request("POST", "/x/v1/messages", json.dumps({"messages": messages, "tools": TOOLS}))
        while not server.requests:  # bounded by the test's own time limit
            server.closing.wait(0.01)
    with pytest.raises(ConnectionError):
        connection.getresponse()
    connection.close()


def test_side_requests_are_answered_and_are_no_turn(server: ScriptedModelServer) -> None:
    _, plain = ask(server, "/x/v1/messages", tools=[])
    _, formatted = ask(server, "/x/v1/messages", tools=[], output_config={"format": {"type": "json_schema"}})
    assert json.loads(plain)["content"][0]["text"] == "Scripted conversation"
    assert "title" in json.loads(json.loads(formatted)["content"][0]["text"])
    assert all(request["side"] for request in server.requests)


def test_other_requests_of_an_agent_are_answered(server: ScriptedModelServer) -> None:
    assert ask(server, "/x/api/hello", method="HEAD") == (200, b"")
    assert json.loads(ask(server, "/", method="GET")[1])["scripts"] == ["x"]
    assert json.loads(ask(server, "/x/v1/messages/count_tokens")[1])["input_tokens"] > 0


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/absent/v1/messages", "There is no script 'absent'. Scripts: x."), ("/v1/messages", "must name a script")],
)
def test_a_wrong_address_is_explained(server: ScriptedModelServer, path: str, reason: str) -> None:
    status, body = ask(server, path)
    assert status == 400
    assert reason in json.loads(body)["error"]["message"]


def test_a_body_that_is_no_json_is_refused(server: ScriptedModelServer) -> None:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=10)  # type: ignore[arg-type]
    connection.request("POST", "/x/v1/messages", "{")
    assert connection.getresponse().status == 400
    connection.close()


def test_it_runs_as_a_program_until_it_is_terminated(tmp_path: Path) -> None:
    port_file = tmp_path / "port"
    arguments = [sys.executable, str(SERVER), "--port", "0", "--port-file", str(port_file)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        assert url == f"http://127.0.0.1:{port_file.read_text('utf-8').strip()}"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_a_taken_port_is_one_sentence(server: ScriptedModelServer) -> None:
    arguments = [sys.executable, str(SERVER), "--port", str(server.server_address[1])]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("The scripted model cannot start: ")
    assert "Traceback" not in done.stderr
