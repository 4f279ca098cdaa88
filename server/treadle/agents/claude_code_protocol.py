"""Messages to and from Claude Code's stream-json protocol: one JSON object in each line."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from treadle.agents.lenient import JsonObject, an_object, optional_text, text

Message = dict[str, object]


def encode(message: Mapping[str, object]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def parse_line(line: bytes | str) -> Message | None:
    """None for what is no JSON object: a blank line, a stray print, a line cut short by a kill."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def user_message(prompt: str) -> Message:
    message: Message = {"type": "user", "message": {"role": "user", "content": prompt}}
    return message | {"parent_tool_use_id": None, "session_id": ""}


def initialize_request(request_id: str) -> Message:
    return _request(request_id, subtype="initialize")


def interrupt_request(request_id: str) -> Message:
    return _request(request_id, subtype="interrupt")


def cost_request(request_id: str) -> Message:
    """Asked before the first prompt of a resumed conversation: what it had cost until now."""
    return _request(request_id, subtype="get_session_cost")


def deny(request_id: str, reason: str) -> Message:
    return _response(request_id, {"behavior": "deny", "message": reason})


def unsupported(request_id: str) -> Message:
    """To a request that Treadle does not know: an error frees the agent, silence would hang it."""
    failure = {"subtype": "error", "request_id": request_id, "error": "This client does not support the request."}
    return {"type": "control_response", "response": failure}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRequest:
    """Something that Claude Code asks its client and waits for."""

    request_id: str
    subtype: str
    tool: str
    tool_use_id: str | None
    tool_input: JsonObject
    reason: str | None
    """Why it asks, in its own words."""

    @property
    def asks_for_permission(self) -> bool:
        return self.subtype == "can_use_tool"


def agent_request(message: JsonObject) -> AgentRequest | None:
    if message.get("type") != "control_request" or not (request_id := text(message.get("request_id"))):
        return None
    request = an_object(message.get("request"))
    return AgentRequest(
        request_id=request_id,
        subtype=text(request.get("subtype")),
        tool=text(request.get("tool_name")),
        tool_use_id=optional_text(request.get("tool_use_id")),
        tool_input=an_object(request.get("input")),
        reason=optional_text(request.get("decision_reason")),
    )


def _request(request_id: str, *, subtype: str) -> Message:
    return {"type": "control_request", "request_id": request_id, "request": {"subtype": subtype}}


def _response(request_id: str, response: Message) -> Message:
    return {
        "type": "control_response",
        "response": {"subtype": "success", "request_id": request_id, "response": response},
    }
