"""Lines to and from Claude Code."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.agents import claude_code_protocol as protocol


def test_a_message_is_one_line() -> None:
    line = protocol.encode(protocol.user_message("first\nsecond\u2028\ud800"))
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert json.loads(line)["message"] == {"role": "user", "content": "first\nsecond\u2028\ud800"}


@pytest.mark.parametrize("line", ["", "\n", "warning: something", "[1, 2]", "null", '{"type": "assis', "[" * 100_000])
def test_what_is_no_message_is_none(line: str) -> None:
    assert protocol.parse_line(line) is None
    assert protocol.parse_line(line.encode()) is None


@given(st.binary(max_size=50))
def test_any_bytes_are_a_message_or_none(line: bytes) -> None:
    assert protocol.parse_line(line) is None or isinstance(protocol.parse_line(line), dict)


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters()) | st.integers()))
def test_what_is_encoded_is_parsed(message: dict[str, object]) -> None:
    assert protocol.parse_line(protocol.encode(message)) == message


def test_a_permission_request_is_read_and_answered() -> None:
    tool_input = {"command": "curl example.org"}
    asked = {"subtype": "can_use_tool", "tool_name": "Bash", "tool_use_id": "t1", "input": tool_input}
    request = protocol.agent_request({"type": "control_request", "request_id": "r1", "request": asked})
    assert request is not None
    assert request.asks_for_permission
    assert (request.tool, request.tool_use_id, request.tool_input) == ("Bash", "t1", tool_input)
    assert protocol.deny(request.request_id, "No.")["response"] == {
        "subtype": "success",
        "request_id": "r1",
        "response": {"behavior": "deny", "message": "No."},
    }


def asked(**request: object) -> protocol.AgentRequest:
    found = protocol.agent_request({"type": "control_request", "request_id": "r1", "request": request})
    assert found is not None
    return found


def test_a_hook_is_registered_only_where_somebody_answers() -> None:
    assert protocol.initialize_request("i")["request"] == {"subtype": "initialize"}
    hook = {"matcher": None, "hookCallbackIds": [protocol.STOP_CALLBACK], "timeout": 3}
    request = protocol.initialize_request("i", stop_hook_seconds=2.5)["request"]
    assert request == {"subtype": "initialize", "hooks": {"Stop": [hook]}}


def test_an_agent_that_asks_to_stop_is_let_or_told_why_not() -> None:
    request = asked(subtype="hook_callback", callback_id=protocol.STOP_CALLBACK, input={"background_tasks": []})
    assert (request.asks_to_stop, request.asks_for_permission, request.waits_for_subagents) == (True, False, False)
    let, kept = protocol.let_stop("r1")["response"], protocol.keep_working("r1", "Red.")["response"]
    assert let == {"subtype": "success", "request_id": "r1", "response": {}}
    assert kept == {"subtype": "success", "request_id": "r1", "response": {"decision": "block", "reason": "Red."}}


@pytest.mark.parametrize(
    ("tasks", "waits"),
    [
        ([{"type": "shell", "status": "running"}], False),
        ([{"type": "subagent", "status": "completed"}], False),
        ([{"type": "shell", "status": "running"}, {"type": "subagent", "status": "running"}], True),
        ("none", False),
    ],
)
def test_a_stop_may_wait_for_subagents(tasks: object, waits: bool) -> None:
    request = asked(subtype="hook_callback", callback_id=protocol.STOP_CALLBACK, input={"background_tasks": tasks})
    assert request.waits_for_subagents is waits


def test_another_hook_does_not_ask_to_stop() -> None:
    assert not asked(subtype="hook_callback", callback_id="other").asks_to_stop
    assert not asked(subtype="other", callback_id=protocol.STOP_CALLBACK).asks_to_stop


def test_an_unknown_request_is_answered_with_an_error() -> None:
    request = protocol.agent_request({"type": "control_request", "request_id": "r1", "request": {"subtype": "new"}})
    assert request is not None
    assert not request.asks_for_permission
    response = protocol.unsupported(request.request_id)["response"]
    assert isinstance(response, dict)
    assert response["subtype"] == "error"


def test_other_messages_ask_for_nothing() -> None:
    assert protocol.agent_request({"type": "assistant"}) is None
    assert protocol.agent_request({"type": "control_request"}) is None
