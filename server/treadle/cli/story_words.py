"""Single events of a session's story in words; calls, which have a beginning and an end, stand in story_calls."""

from collections.abc import Mapping
from types import MappingProxyType

from treadle.agents.lenient import JsonObject, an_object, count, joined_text, text, texts
from treadle.cli.story_calls import file_words, in_a_line
from treadle.cli.story_page import Mark, Told
from treadle.domain.event import FILE_EVENTS, EventType
from treadle.runner import figures
from treadle.runner.narration import retry_words

AGENT, SUB_AGENT, TREADLE, EDITOR = "Claude", "sub-agent", "Treadle", "editor"
MOST_LINES = 40
"""Of a message."""
OF_TREADLE = frozenset({"stalled", "events_dropped"})
SAID_BY_PERSONS = ("reason", "note", "new_mode", "answer", "step")
GATE_MARKS: Mapping[str, tuple[Mark, str]] = MappingProxyType(
    {
        "passed": (Mark.DONE, "passed"),
        "blocked": (Mark.FAILED, "not passed; Claude is told why and goes on"),
        "given_up": (Mark.FAILED, "not passed; Claude has stopped"),
    }
)


def speaker(data: JsonObject) -> str:
    return SUB_AGENT if data.get("parent_tool_use_id") else AGENT


def told(event_type: EventType, data: JsonObject) -> Told | None:
    """None: nothing that a story needs."""
    if data.get("saved") is True:
        return Told(who=EDITOR, text=f"saved {text(data.get('path'))}")
    if event_type in FILE_EVENTS:
        return Told(who=TREADLE, text=f"sees: {file_words(event_type, data)}")
    tell = TELLERS.get(event_type)
    return tell(data) if tell else None


def is_of_an_editor(data: JsonObject) -> bool:
    """A person's own doing while they work in an editor, which is no part of the step that may run meanwhile."""
    return data.get("saved") is True or bool(data.get("execution_id"))


def _command(data: JsonObject) -> Told | None:
    if not is_of_an_editor(data):
        return None
    place = text(data.get("working_directory"))
    words = f"$ {in_a_line(text(data.get('command')))}"
    return Told(who=EDITOR, text=words if place in ("", ".") else f"{words}  (in {place})")


def _command_ended(data: JsonObject) -> Told | None:
    code = data.get("exit_code")
    failed = is_of_an_editor(data) and isinstance(code, int) and code != 0
    return Told(who=EDITOR, text=f"ended with exit code {code}", mark=Mark.FAILED) if failed else None


def _begun(data: JsonObject) -> Told:
    about = ", ".join(part for part in (text(data.get("model")), _version(data)) if part)
    goes_on = "goes on with the conversation" if data.get("resumed") is True else "begins"
    return Told(who=AGENT, text=f"{goes_on} ({about})" if about else goes_on)


def _version(data: JsonObject) -> str:
    version = text(data.get("agent_version"))
    return f"Claude Code {version}" if version else ""


def _sent(data: JsonObject) -> Told | None:
    if data.get("said") is True:  # it was told when the person said it
        return None
    return Told(who=TREADLE, text=message(text(data.get("text"))))


def _received(data: JsonObject) -> Told:
    return Told(who=speaker(data), text=message(text(data.get("text"))))


def _ended(data: JsonObject) -> Told:
    tokens = count(data.get("input_tokens")) + count(data.get("output_tokens"))
    cached = count(data.get("cached_tokens"))
    costs = figures.cost(data.get("cost_usd"))
    parts = [
        figures.counted(turns, "turn") if (turns := count(data.get("num_turns"))) else "",
        f"{tokens:,} tokens" if tokens else "",
        f"{cached:,} from the cache" if cached else "",
        f"at least {costs}" if costs and data.get("cost_is_partial") is True else costs,
    ]
    used = ", ".join(part for part in parts if part)
    code = data.get("exit_code")
    if data.get("interrupted") is True:
        how, mark = "was ended", Mark.WARNS
    elif data.get("is_error") is True:
        how, mark = f"ended with exit code {code}" if code else "ended with an error", Mark.FAILED
    else:
        how, mark = "is done", Mark.DONE
    return Told(who=AGENT, text=f"{how}: {used}" if used else how, mark=mark)


def _hook_ended(data: JsonObject) -> Told:
    name = text(data.get("hook_name")) or text(data.get("hook_event"))
    failed = data.get("outcome") not in (None, "success")
    output = joined_text(data.get("stdout")) + joined_text(data.get("stderr"))
    below = tuple(output.strip().splitlines()[:3]) if failed else ()
    mark = Mark.FAILED if failed else Mark.DONE
    return Told(who="hook", text=f"{name} {text(data.get('outcome'))}".strip(), mark=mark, below=below)


def _trouble(data: JsonObject) -> Told:
    kind = text(data.get("kind"))
    if kind == "api_retry":
        return Told(who=AGENT, text=retry_words(data), mark=Mark.WARNS)
    if kind == "permission_denied":
        what = " ".join(part for part in (text(data.get("tool")), in_a_line(text(data.get("summary")))) if part)
        return Told(who=speaker(data), text=f"denied: {what}", mark=Mark.FAILED)
    words = text(data.get("message")) or text(data.get("error")) or kind
    return Told(who=TREADLE if kind in OF_TREADLE else speaker(data), text=message(words), mark=Mark.FAILED)


def _paused(data: JsonObject) -> Told:
    return _by_person(data) or Told(who=TREADLE, text="paused")


def _resumed(data: JsonObject) -> Told:
    return _by_person(data) or Told(who=TREADLE, text="resumed")


def _status(data: JsonObject) -> Told | None:
    action = text(data.get("action"))
    if action in ACTIONS:
        return ACTIONS[action](data)
    if by_person := _by_person(data):
        return by_person
    if data.get("compacted") is True:
        before = count(data.get("tokens_before"))
        size = f" of {before:,} tokens" if before else ""
        return Told(who=AGENT, text=f"sums up its conversation{size} and goes on")
    if status := text(data.get("subagent_status")):
        about = text(data.get("agent_description")) or text(data.get("agent_type"))
        mark = Mark.DONE if status == "completed" else Mark.FAILED
        return Told(who=SUB_AGENT, text=f"{about} is {'done' if status == 'completed' else status}", mark=mark)
    if data.get("agent_status") == "interrupted":
        return Told(who=AGENT, text="is interrupted", mark=Mark.WARNS)
    new = text(data.get("new_status"))
    return Told(who=TREADLE, text=f"the session is {new}") if new else None


def _asked(data: JsonObject) -> Told:
    answers = ", ".join(texts(data.get("options")))
    number = f"ask {data.get('ask_id')}" + (f": {answers}" if answers else "")
    return Told(who=_asker(data), text=f"{message(text(data.get('question')))}  ({number})", mark=Mark.ASKS)


def _answered(data: JsonObject) -> Told:
    comment = text(data.get("comment"))
    words = f"{text(data.get('answer'))} ({comment})" if comment else text(data.get("answer"))
    return Told(who=_person(data), text=f"answers ask {data.get('ask_id')}: {words}" if data.get("ask_id") else words)


def _closed(data: JsonObject) -> Told:
    action, reason = text(data.get("action")), text(data.get("reason")) or text(data.get("answer"))
    return Told(who=TREADLE, text=f"ask {data.get('ask_id')} is {action}" + (f": {reason}" if reason else ""))


def _said(data: JsonObject) -> Told:
    how = "breaks off and says: " if data.get("interrupt") is True else "says: "
    return Told(who=_person(data), text=how + message(text(data.get("text"))))


def _ruled(data: JsonObject) -> Told:
    what = in_a_line(text(data.get("command")) or text(data.get("path")))
    tool = f"{text(data.get('tool'))} {what}".strip()
    mark = Mark.FAILED if data.get("action") == "denied" else Mark.DONE
    return Told(who=TREADLE, text=f"{data.get('action')} {tool}, {rule_words(data)}", mark=mark)


def rule_words(data: JsonObject) -> str:
    """Why a call was allowed or denied without asking anybody."""
    if rule := text(data.get("rule")):
        place = text(data.get("file")).rpartition("/")[2]
        line = f":{data.get('line')}" if data.get("line") else ""
        return f"by the rule {rule}" + (f" ({place}{line})" if place else "")
    if data.get("ask_id"):
        return f"as ask {data.get('ask_id')} was answered"
    return text(data.get("reason"))


def _by_person(data: JsonObject) -> Told | None:
    if not (data.get("action") and an_object(data.get("by"))):
        return None
    done = text(data.get("action")).replace("_", " ")
    if held := an_object(data.get("from")):
        done = f"{done} from {_name(held)}"
    more = next((said for key in SAID_BY_PERSONS if (said := text(data.get(key)))), "")
    words = f"{done}: {more}" if more else done
    comment = text(data.get("comment"))
    return Told(who=_person(data), text=", ".join(part for part in (words, comment) if part))


def _asker(data: JsonObject) -> str:
    asker = text(data.get("asked_by"))
    return AGENT if asker.startswith("Claude") else TREADLE


def _person(data: JsonObject) -> str:
    return _name(an_object(data.get("by"))) or "somebody"


def _name(client: JsonObject) -> str:
    named = text(client.get("client_name")) or text(client.get("client_id"))
    return named.partition(", process ")[0]


def message(words: str) -> str:
    """As it was written, without blank lines in a row, up to a sensible length."""
    lines = words.strip().splitlines()
    kept = [line for index, line in enumerate(lines) if line.strip() or lines[index - 1].strip()]
    if len(kept) <= MOST_LINES:
        return "\n".join(kept)
    return "\n".join([*kept[: MOST_LINES - 1], f"… {figures.counted(len(kept) - MOST_LINES + 1, 'more line')}"])


ACTIONS = MappingProxyType(
    {
        "asked": _asked,
        "answered": _answered,
        "withdrawn": _closed,
        "expired": _closed,
        "said": _said,
        "allowed": _ruled,
        "denied": _ruled,
    }
)
TELLERS = MappingProxyType(
    {
        EventType.CONVERSATION_STARTED: _begun,
        EventType.CONVERSATION_MESSAGE_SENT: _sent,
        EventType.CONVERSATION_MESSAGE_RECEIVED: _received,
        EventType.CONVERSATION_ENDED: _ended,
        EventType.COMMAND_STARTED: _command,
        EventType.COMMAND_COMPLETED: _command_ended,
        EventType.HOOK_COMPLETED: _hook_ended,
        EventType.ERROR_OCCURRED: _trouble,
        EventType.SESSION_PAUSED: _paused,
        EventType.SESSION_RESUMED: _resumed,
        EventType.SESSION_STATUS_CHANGED: _status,
    }
)
"""Of the others, the ends of calls say all; a command is told here only when it is a person's."""
