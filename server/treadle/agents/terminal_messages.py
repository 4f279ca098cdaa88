"""Hooks and lines of a transcript in the form that the background's messages have, so that one code reads them all."""

import re
from datetime import datetime

from treadle.agents.claude_code_prompts import TASK_NOTIFICATION
from treadle.agents.lenient import JsonObject, an_object, text

TAG = re.compile(r"<(task-id|tool-use-id|status|summary)>([^<]*)</\1>")
REJECT, USER_REJECTED = "reject", "user-rejected"


def about(at: datetime, *, agent_id: str, agent_type: str, parent: str | None) -> dict[str, object]:
    """What a message says of itself: when, and of which sub-agent."""
    told: dict[str, object] = {"timestamp": at.isoformat()}
    return told | ({"parent_tool_use_id": parent, "agent_id": agent_id, "subagent_type": agent_type} if parent else {})


def tool_use(tool_use_id: object, name: object, tool_input: object) -> JsonObject:
    return {"type": "tool_use", "id": tool_use_id, "name": name, "input": tool_input}


def tool_answer(told: JsonObject, tool_use_id: str, content: object, *, is_error: bool, refused: bool) -> JsonObject:
    block = {"type": "tool_result", "tool_use_id": tool_use_id, "content": content, "is_error": is_error}
    return {**told, "message": {"content": [block]}, "tool_result_meta": [_refusal(tool_use_id)] if refused else []}


def answer_of_line(told: JsonObject, line: JsonObject, block: JsonObject) -> JsonObject:
    """One result of a transcript's line, with its structure and whether it was refused."""
    tool_use_id = text(block.get("tool_use_id"))
    decision, denial = an_object(line.get("permissionDecision")).get("decision"), text(line.get("toolDenialKind"))
    refused = decision == REJECT or denial not in ("", USER_REJECTED)
    meta = [_refusal(tool_use_id)] if refused else []
    structured = line.get("toolUseResult")
    return {**told, "message": {"content": [block]}, "tool_use_result": structured, "tool_result_meta": meta}


def task_notification(prompt: str) -> JsonObject | None:
    """The prompt that Claude Code gives itself when a task in the background has ended."""
    if not prompt.startswith(TASK_NOTIFICATION):
        return None
    found: dict[str, str] = {}
    for tag in TAG.finditer(prompt):
        found.setdefault(tag[1].replace("-", "_"), tag[2])
    return found


def _refusal(tool_use_id: str) -> JsonObject:
    return {"id": tool_use_id, "permission_decision": {"decision": REJECT}}
