"""What the lines of a conversation's transcript tell of a terminal."""

import re
from collections.abc import Callable
from types import MappingProxyType

from treadle.agents.claude_code_events import INTERRUPTION
from treadle.agents.claude_code_prompts import ARGUMENTS, LOCAL_ANSWER, OWN_COMMAND
from treadle.agents.claude_code_tools import tool_results
from treadle.agents.event_draft import draft
from treadle.agents.gate_feedback import plain
from treadle.agents.lenient import JsonObject, an_object, count, joined_text, objects, optional_text, text
from treadle.agents.terminal_hooks import call_found
from treadle.agents.terminal_messages import about, answer_of_line, task_notification
from treadle.agents.terminal_record import Found, Heard, Record
from treadle.agents.terminal_settings import is_own_hook
from treadle.domain.event import EventType

REMINDER = "<system-reminder>"
SHELL_INPUT, SHELL_OUTPUT = "<bash-input>", "<bash-stdout>"
SHELL_TAG = re.compile(r"</?bash-(?:stdout|stderr|input)>")
LEAVING = ("/exit", "/quit")
"""Commands that are said to nobody."""
NO_MESSAGES = ("isMeta", "isCompactSummary", "isVisibleInTranscriptOnly")
HOOK_OUTCOMES = MappingProxyType(
    {
        "hook_success": "success",
        "hook_non_blocking_error": "error",
        "hook_blocking_error": "error",
        "hook_error_during_execution": "error",
        "hook_cancelled": "cancelled",
    }
)


def read_line(record: Record, heard: Heard) -> list[Found]:
    """Once: who tells of a line does not always hear that it was taken."""
    if record.has_read(text(heard.said.get("uuid"))):
        return []
    kind = text(heard.said.get("type"))
    read = READERS.get((kind, text(heard.said.get("subtype")) if kind == "system" else ""))
    return read(record, heard) if read else []


def is_of_a_subagent(line: JsonObject) -> bool:
    return line.get("type") in ("assistant", "user")


def _assistant(record: Record, heard: Heard) -> list[Found]:
    found = record.begin(heard)
    message = an_object(heard.said.get("message"))
    if heard.said.get("isApiErrorMessage") is True:
        return found + _failed_call(record, heard, joined_text(message.get("content")))
    for block in objects(message.get("content")):
        words = text(block.get("text"))
        if block.get("type") == "text" and words.strip():
            found += _received(record, heard, words, message.get("id"))
        elif block.get("type") == "tool_use":
            call = {"tool_name": block.get("name"), "tool_input": block.get("input")}
            found += call_found(record, heard, block.get("id"), call)
    return found


def _failed_call(record: Record, heard: Heard, words: str) -> list[Found]:
    key = record.texts.key("error", _prompt_of(record, heard), words, source="line")
    told = {"error": optional_text(heard.said.get("error")), "error_status": heard.said.get("apiErrorStatus")}
    return [(key, draft(EventType.ERROR_OCCURRED, kind="api_error", message=words, **told))]


def _received(record: Record, heard: Heard, words: str, message_id: object) -> list[Found]:
    by = heard.work.subagents.about(_about(heard))
    heard.work.subagents.said(by, words)
    scope = text(by.get("parent_tool_use_id"))
    if not scope:
        record.last_words = words
    key = record.texts.key("received", scope or _prompt_of(record, heard), words, source="line")
    record.held.pop(f"text:{key}", None)
    told = {"message_id": optional_text(message_id), **by}
    return [(key, draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text=words, **told))]


def _user(record: Record, heard: Heard) -> list[Found]:
    found = record.begin(heard, permission_mode=heard.said.get("permissionMode"))
    if prompt_id := optional_text(heard.said.get("promptId")):
        record.prompts[heard.conversation_id] = prompt_id
    if blocks := tool_results({"message": heard.said.get("message")}):
        for block in blocks:
            found += _answered(record, heard, block)
        return found
    if heard.agent_id or any(heard.said.get(key) is True for key in NO_MESSAGES):
        return found
    return found + _said(record, heard, joined_text(an_object(heard.said.get("message")).get("content")))


def _answered(record: Record, heard: Heard, block: JsonObject) -> list[Found]:
    tool_use_id = text(block.get("tool_use_id"))
    record.held.pop(f"result:{tool_use_id}", None)
    heard.work.agents.answered(tool_use_id, heard.said.get("toolUseResult"))
    return record.keyed(heard.work.calls.answered(answer_of_line(_about(heard), heard.said, block)))


def _said(record: Record, heard: Heard, words: str) -> list[Found]:
    """What stands in a transcript as the person's words, which it need not be."""
    uuid = text(heard.said.get("uuid"))
    if words.startswith(INTERRUPTION):
        record.status = "interrupted"
        return [(f"interrupted:{uuid}", draft(EventType.SESSION_STATUS_CHANGED, agent_status="interrupted"))]
    if words.startswith(REMINDER) or not words.strip():
        return []
    if task := task_notification(words):
        return record.keyed(heard.work.calls.background_task_ended(task))
    local = LOCAL_ANSWER.match(words)
    if local or words.startswith(SHELL_OUTPUT):
        return _local_answer(record, plain(local[1] if local else SHELL_TAG.sub("", words)), uuid)
    command = OWN_COMMAND.match(words)
    record.is_left = command is not None and command[1] in LEAVING
    if record.is_left:
        return []
    if command:
        arguments = ARGUMENTS.search(words)
        words = f"{command[1]} {arguments[1] if arguments else ''}".strip()
    elif words.startswith(SHELL_INPUT):
        words = f"! {SHELL_TAG.sub('', words)}"
    key = record.texts.key("sent", _prompt_of(record, heard) or uuid, words, source="line")
    return [(key, draft(EventType.CONVERSATION_MESSAGE_SENT, text=words))]


def _local_answer(record: Record, words: str, uuid: str) -> list[Found]:
    """Of Claude Code itself, or of a command that the person has run; not of the model. Its farewell is none."""
    said = "" if record.is_left else words.strip()
    event = draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text=said, local=True)
    return [(f"local:{uuid}", event)] if said else []


def _local_command(record: Record, heard: Heard) -> list[Found]:
    words = text(heard.said.get("content"))
    if command := OWN_COMMAND.match(words):
        record.is_left = command[1] in LEAVING
    answer = LOCAL_ANSWER.match(words)
    return _local_answer(record, plain(answer[1]), text(heard.said.get("uuid"))) if answer else []


def _attached(record: Record, heard: Heard) -> list[Found]:
    attachment = an_object(heard.said.get("attachment"))
    kind = text(attachment.get("type"))
    if kind in HOOK_OUTCOMES:
        return _persons_hook(heard, attachment, HOOK_OUTCOMES[kind])
    if kind != "queued_command":
        return []
    words = joined_text(attachment.get("prompt"))
    if task := task_notification(words):
        return record.keyed(heard.work.calls.background_task_ended(task))
    if heard.said.get("isMeta") is True or not words.strip() or words.startswith(REMINDER):
        return []
    key = record.texts.key("sent", _prompt_of(record, heard), words, source="line")
    return [*record.begin(heard), (key, draft(EventType.CONVERSATION_MESSAGE_SENT, text=words))]


def _persons_hook(heard: Heard, attachment: JsonObject, outcome: str) -> list[Found]:
    """One of the person's own; what ours do is told as what it is."""
    blocking = an_object(attachment.get("blockingError"))
    command = text(attachment.get("command")) or text(blocking.get("command"))
    if is_own_hook(command):
        return []
    uuid = text(heard.said.get("uuid"))
    about = {"hook_id": uuid, "hook_name": attachment.get("hookName"), "hook_event": attachment.get("hookEvent")}
    stderr = attachment.get("stderr") or blocking.get("blockingError")
    told = {"exit_code": attachment.get("exitCode"), "stdout": attachment.get("stdout"), "stderr": stderr}
    return [
        (f"hook:{uuid}", draft(EventType.HOOK_TRIGGERED, **about)),
        (f"hooked:{uuid}", draft(EventType.HOOK_COMPLETED, **about, outcome=outcome, **told)),
    ]


def _queued(record: Record, heard: Heard) -> list[Found]:
    task = task_notification(text(heard.said.get("content")))
    return record.keyed(heard.work.calls.background_task_ended(task)) if task else []


def _compacted(_: Record, heard: Heard) -> list[Found]:
    told = an_object(heard.said.get("compactMetadata"))
    about = {"trigger": optional_text(told.get("trigger")), "tokens_before": count(told.get("preTokens")) or None}
    event = draft(EventType.SESSION_STATUS_CHANGED, compacted=True, **about)
    return [(f"compacted:{text(heard.said.get('uuid'))}", event)]


def _stop_told(record: Record, heard: Heard) -> list[Found]:
    record.stops["line", _prompt_of(record, heard)] += 1
    return []


def _turn_ended(record: Record, heard: Heard) -> list[Found]:
    """The hook says it sooner, if there was one."""
    prompt_id = _prompt_of(record, heard)
    number = max(1, record.stops["line", prompt_id])
    if record.stops["told", prompt_id] >= number:
        return []
    running = count(heard.said.get("pendingBackgroundAgentCount"))
    return record.turn_ended(prompt_id, number, words=record.last_words, background=running)


def _prompt_of(record: Record, heard: Heard) -> str:
    return record.prompts.get(heard.conversation_id, "")


def _about(heard: Heard) -> JsonObject:
    return about(heard.at, agent_id=heard.agent_id, agent_type=heard.agent_type, parent=heard.parent)


READERS: MappingProxyType[tuple[str, str], Callable[[Record, Heard], list[Found]]] = MappingProxyType(
    {
        ("assistant", ""): _assistant,
        ("user", ""): _user,
        ("attachment", ""): _attached,
        ("queue-operation", ""): _queued,
        ("system", "local_command"): _local_command,
        ("system", "compact_boundary"): _compacted,
        ("system", "stop_hook_summary"): _stop_told,
        ("system", "turn_duration"): _turn_ended,
    }
)
