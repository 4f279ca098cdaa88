"""Messages to and from Claude Code's stream-json protocol: one JSON object in each line."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from treadle.agents.lenient import JsonObject, an_object, objects, optional_text, text

Message = dict[str, object]

STOP_CALLBACK, BEFORE_TOOL, AFTER_TOOL = "stop", "before_tool", "after_tool"
"""What we call the hooks that Claude Code asks: before it stops, and around each call of a tool."""
CHANGING_TOOLS = "Write|Edit|MultiEdit|NotebookEdit|Bash"
"""Of whose results a sub-agent's messages do not say everything."""


def encode(message: Mapping[str, object]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def parse_line(line: bytes | str) -> Message | None:
    """None for what is no JSON object: a blank line, a stray print, a line cut short by a kill."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def user_message(prompt: str, *, uid: str | None = None) -> Message:
    """`uid`: the id under which the agent repeats it once it has read it; the same one is never read twice."""
    message: Message = {"type": "user", "message": {"role": "user", "content": prompt}}
    message |= {"parent_tool_use_id": None, "session_id": ""}
    return message if uid is None else {**message, "uuid": uid}


def initialize_request(
    request_id: str, *, stop_hook_seconds: float | None = None, tool_hook_seconds: float | None = None
) -> Message:
    """The hooks: it is to ask before it stops, and around each call of a tool, and to wait so long for the answer.

    None: it need not ask. A call whose answer does not come in time is not made.
    """
    hooks: dict[str, object] = {}
    if stop_hook_seconds is not None:
        hooks["Stop"] = [_hook(STOP_CALLBACK, stop_hook_seconds)]
    if tool_hook_seconds is not None:
        hooks["PreToolUse"] = [_hook(BEFORE_TOOL, tool_hook_seconds)]
        hooks["PostToolUse"] = [_hook(AFTER_TOOL, tool_hook_seconds, matcher=CHANGING_TOOLS)]
    return _request(request_id, subtype="initialize", **({"hooks": hooks} if hooks else {}))


def _hook(callback: str, seconds: float, *, matcher: str | None = None) -> Message:
    return {"matcher": matcher, "hookCallbackIds": [callback], "timeout": math.ceil(seconds)}


def interrupt_request(request_id: str) -> Message:
    return _request(request_id, subtype="interrupt")


def cost_request(request_id: str) -> Message:
    """Asked before the first prompt of a resumed conversation: what it had cost until now."""
    return _request(request_id, subtype="get_session_cost")


def task_output_request(request_id: str, task_id: str) -> Message:
    """Asked now and then: what a running command has printed so far."""
    return _request(request_id, subtype="get_task_output", task_id=task_id)


def allow(request_id: str, tool_input: JsonObject) -> Message:
    """The tool runs with this input, which may hold answers to what it asks."""
    return _response(request_id, {"behavior": "allow", "updatedInput": dict(tool_input)})


def deny(request_id: str, reason: str) -> Message:
    return _response(request_id, {"behavior": "deny", "message": reason})


def before_tool(request_id: str, decision: str | None, reason: str | None) -> Message:
    """`decision`: "allow", "deny" or "ask"; None leaves it to the agent's own mode. A reason is for the agent."""
    if decision is None:
        return noted(request_id)
    told = {"hookEventName": "PreToolUse", "permissionDecision": decision, "permissionDecisionReason": reason or ""}
    return _response(request_id, {"hookSpecificOutput": told})


def noted(request_id: str) -> Message:
    """To a hook that only wants to be heard."""
    return _response(request_id, {})


def let_stop(request_id: str) -> Message:
    return _response(request_id, {})


def keep_working(request_id: str, reason: str) -> Message:
    """The agent reads the reason as the next message of its conversation."""
    return _response(request_id, {"decision": "block", "reason": reason})


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
    """What a hook is told, where it asks a hook."""
    callback: str | None
    """The hook that it asks, by our name for it."""
    reason: str | None
    """Why it asks, in its own words."""
    agent_id: str | None = None
    """The sub-agent that it asks for."""
    agent_type: str | None = None

    @property
    def asks_for_permission(self) -> bool:
        return self.subtype == "can_use_tool"

    @property
    def asks_to_stop(self) -> bool:
        return self.subtype == "hook_callback" and self.callback == STOP_CALLBACK

    @property
    def asks_before_tool(self) -> bool:
        return self.subtype == "hook_callback" and self.callback == BEFORE_TOOL

    @property
    def tells_after_tool(self) -> bool:
        return self.subtype == "hook_callback" and self.callback == AFTER_TOOL

    @property
    def waits_for_subagents(self) -> bool:
        """It stops only until one of them ends, which begins its next turn."""
        tasks = objects(self.tool_input.get("background_tasks"))
        return any(task.get("type") == "subagent" and task.get("status") == "running" for task in tasks)


def agent_request(message: JsonObject) -> AgentRequest | None:
    if message.get("type") != "control_request" or not (request_id := text(message.get("request_id"))):
        return None
    request = an_object(message.get("request"))
    hook = an_object(request.get("input"))
    return AgentRequest(
        request_id=request_id,
        subtype=text(request.get("subtype")),
        tool=text(request.get("tool_name")),
        tool_use_id=optional_text(request.get("tool_use_id")),
        tool_input=an_object(request.get("input")),
        callback=optional_text(request.get("callback_id")),
        reason=optional_text(request.get("decision_reason")),
        agent_id=optional_text(request.get("agent_id")) or optional_text(hook.get("agent_id")),
        agent_type=optional_text(request.get("agent_type")) or optional_text(hook.get("agent_type")),
    )


def cancelled_request(message: JsonObject) -> str | None:
    """The id of a request of the agent's whose answer it does not need any more."""
    return optional_text(message.get("request_id")) if message.get("type") == "control_cancel_request" else None


def control_answer(message: JsonObject) -> tuple[str, JsonObject]:
    """The id of a request of ours and what the agent answers to it; two empty ones when this is no such answer."""
    if message.get("type") != "control_response":
        return "", {}
    response = an_object(message.get("response"))
    return text(response.get("request_id")), an_object(response.get("response"))


def _request(request_id: str, *, subtype: str, **fields: object) -> Message:
    return {"type": "control_request", "request_id": request_id, "request": {"subtype": subtype, **fields}}


def _response(request_id: str, response: Message) -> Message:
    return {
        "type": "control_response",
        "response": {"subtype": "success", "request_id": request_id, "response": response},
    }
