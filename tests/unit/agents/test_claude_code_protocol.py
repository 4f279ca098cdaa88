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
