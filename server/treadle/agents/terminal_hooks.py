"""What Claude Code's hooks tell of a terminal."""

from collections.abc import Callable
from types import MappingProxyType

from treadle.agents.claude_code_tools import INVALID_CALL
from treadle.agents.event_draft import draft
from treadle.agents.lenient import JsonObject, an_object, joined_text, objects, optional_text, text
from treadle.agents.terminal_messages import about, task_notification, tool_answer, tool_use
from treadle.agents.terminal_record import Found, Heard, Record
from treadle.domain.event import EventType

COMPACTED, RESUMED = "compact", "resume"


def read_hook(record: Record, heard: Heard) -> list[Found]:
    read = READERS.get(text(heard.said.get("hook_event_name")))
    return read(record, heard) if read else []


def is_of_a_call(payload: JsonObject) -> bool:
    """Of a sub-agent's work, if it names one: not that it starts or ends."""
    return payload.get("hook_event_name") in ("PreToolUse", "PostToolUse", "PostToolUseFailure", "PostToolBatch")


def _started(record: Record, heard: Heard) -> list[Found]:
    if heard.said.get("source") == COMPACTED:
        return []
    return record.begin(heard, model=heard.said.get("model"), permission_mode=heard.said.get("permission_mode"))


def _ended(record: Record, heard: Heard) -> list[Found]:
    """It is told when the terminal is closed, or another conversation begins in it."""
    if heard.conversation_id == record.conversation_id:
        record.end_reason = optional_text(heard.said.get("reason"))
    return []


def _prompted(record: Record, heard: Heard) -> list[Found]:
    prompt = text(heard.said.get("prompt"))
    found = record.begin(heard)
    if task := task_notification(prompt):
        return found + record.keyed(heard.work.calls.background_task_ended(task))
    if prompt.strip():
        key = record.texts.key("sent", text(heard.said.get("prompt_id")), prompt, source="hook")
        found.append((key, draft(EventType.CONVERSATION_MESSAGE_SENT, text=prompt)))
    return found + record.status_changed("running", heard.at)


def _shown(record: Record, heard: Heard) -> list[Found]:
    """Held for a moment: the transcript says the same, and says it for sure."""
    found = record.begin(heard)
    if words := record.texts.shown(heard.said):
        key = record.texts.key("received", text(heard.said.get("prompt_id")), words, source="hook")
        event = draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text=words)
        record.hold(f"text:{key}", lambda: record.tell([(key, event)], heard), now=heard.at)
    return found


def _called(record: Record, heard: Heard) -> list[Found]:
    return record.begin(heard) + call_found(record, heard, heard.said.get("tool_use_id"), heard.said)


def _succeeded(record: Record, heard: Heard) -> list[Found]:
    """What the agent reads of it comes with the batch, or with the transcript."""
    found = _called(record, heard)
    heard.work.calls.hook_called(heard.said)
    heard.work.succeeded.add(text(heard.said.get("tool_use_id")))
    heard.work.agents.answered(text(heard.said.get("tool_use_id")), heard.said.get("tool_response"))
    return found


def _failed(record: Record, heard: Heard) -> list[Found]:
    found = _called(record, heard)
    heard.work.calls.hook_called(heard.said)
    heard.work.failed.add(text(heard.said.get("tool_use_id")))
    return found + _answer(record, heard, heard.said, heard.said.get("error"), is_error=True)


def _batch(record: Record, heard: Heard) -> list[Found]:
    """The only hook that names calls which did not run at all."""
    found = record.begin(heard)
    for call in objects(heard.said.get("tool_calls")):
        tool_use_id, content = text(call.get("tool_use_id")), call.get("tool_response")
        found += call_found(record, heard, tool_use_id, call)
        invalid = joined_text(content).startswith(INVALID_CALL)
        if invalid or tool_use_id in heard.work.failed:
            found += _answer(record, heard, call, content, is_error=True)
        elif tool_use_id in heard.work.succeeded:
            found += _answer(record, heard, call, content, is_error=False)
        else:
            _hold_refusal(record, heard, call)
        heard.work.failed.discard(tool_use_id)
        heard.work.succeeded.discard(tool_use_id)
    return found


def _hold_refusal(record: Record, heard: Heard, call: JsonObject) -> None:
    """Nobody said that it ran, so that it seems to have been refused: the transcript knows."""

    def refused() -> list[Found]:
        return _answer(record, heard, call, call.get("tool_response"), is_error=True, refused=True)

    name = f"result:{text(call.get('tool_use_id'))}"
    record.hold(name, lambda: record.tell(refused(), heard), now=heard.at)


def _agent_started(_: Record, heard: Heard) -> list[Found]:
    heard.work.agents.started(heard.agent_id, heard.agent_type)
    return []


def _agent_stopped(record: Record, heard: Heard) -> list[Found]:
    """Its last words, unless its own transcript has them."""
    words = text(heard.said.get("last_assistant_message"))
    if heard.parent is None or not words.strip():
        return []
    key = record.texts.key("received", heard.parent, words, source="hook")
    by = heard.work.subagents.about(_about(heard))
    event = draft(EventType.CONVERSATION_MESSAGE_RECEIVED, text=words, **by)
    record.hold(f"text:{key}", lambda: record.tell([(key, event)], heard), now=heard.at)
    return []


def _stopped(record: Record, heard: Heard) -> list[Found]:
    prompt_id = text(heard.said.get("prompt_id"))
    number = max(record.stops["told", prompt_id], record.stops["line", prompt_id]) + 1
    tasks = objects(heard.said.get("background_tasks"))
    running = [task for task in tasks if task.get("type") == "subagent" and task.get("status") == "running"]
    words = text(heard.said.get("last_assistant_message"))
    return record.begin(heard) + record.turn_ended(prompt_id, number, words=words, background=len(running))


def _turn_failed(record: Record, heard: Heard) -> list[Found]:
    words = text(heard.said.get("last_assistant_message"))
    key = record.texts.key("error", text(heard.said.get("prompt_id")), words, source="hook")
    told = {"error": optional_text(heard.said.get("error")), "message": words}
    return [*record.begin(heard), (key, draft(EventType.ERROR_OCCURRED, kind="api_error", **told))]


def call_found(record: Record, heard: Heard, tool_use_id: object, call: JsonObject) -> list[Found]:
    """`call`: as hooks name one."""
    name, tool_input = text(call.get("tool_name")), an_object(call.get("tool_input"))
    if not text(tool_use_id) or not name or heard.work.calls.knows(text(tool_use_id)):
        return []
    heard.work.agents.called(text(tool_use_id), name, tool_input)
    return record.keyed(heard.work.calls.called(_about(heard), tool_use(tool_use_id, name, tool_input)))


def _answer(
    record: Record, heard: Heard, call: JsonObject, content: object, *, is_error: bool, refused: bool = False
) -> list[Found]:
    tool_use_id = text(call.get("tool_use_id"))
    told = _about(heard)
    message = tool_answer(told, tool_use_id, content, is_error=is_error, refused=refused)
    return record.keyed(heard.work.calls.answered(message))


def _about(heard: Heard) -> JsonObject:
    return about(heard.at, agent_id=heard.agent_id, agent_type=heard.agent_type, parent=heard.parent)


READERS: MappingProxyType[str, Callable[[Record, Heard], list[Found]]] = MappingProxyType(
    {
        "SessionStart": _started,
        "SessionEnd": _ended,
        "UserPromptSubmit": _prompted,
        "MessageDisplay": _shown,
        "PreToolUse": _called,
        "PostToolUse": _succeeded,
        "PostToolUseFailure": _failed,
        "PostToolBatch": _batch,
        "SubagentStart": _agent_started,
        "SubagentStop": _agent_stopped,
        "Stop": _stopped,
        "StopFailure": _turn_failed,
    }
)
