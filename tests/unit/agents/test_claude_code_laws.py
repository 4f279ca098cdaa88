"""What holds for any messages at all, whatever a newer Claude Code, a kill or a broken pipe makes of them."""

import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.agents.player import NAMES, PROJECT, fed, messages_of, of_type
from treadle.agents.claude_code_events import Normaliser
from treadle.agents.event_draft import EventDraft
from treadle.domain.event import EventType
from treadle.rpc.event_lane import decode_batch
from treadle.service.event_checks import checked

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda values: st.lists(values, max_size=4) | st.dictionaries(st.text(max_size=8), values, max_size=4),
    max_leaves=12,
)
IDS = st.sampled_from(["a", "b", "c", ""])
TOOLS = st.sampled_from(["Bash", "Write", "Edit", "Agent"])
BLOCKS = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "tool_result", "thinking"])},
    optional={
        "id": IDS | JSON,
        "tool_use_id": IDS | JSON,
        "name": TOOLS | JSON,
        "text": JSON,
        "input": st.fixed_dictionaries({}, optional={"command": JSON, "file_path": JSON}) | JSON,
        "content": st.sampled_from(["Exit code 3\nx", "ok", "<tool_use_error>no"]) | JSON,
        "is_error": st.booleans() | JSON,
    },
)
SUBTYPES = ["init", "session_state_changed", "api_retry", "task_started", "task_notification", "compact_boundary"]
MESSAGES = st.fixed_dictionaries(
    {"type": st.sampled_from(["system", "assistant", "user", "result", "control_response", "stream_event"]) | JSON},
    optional={
        "subtype": st.sampled_from(SUBTYPES) | JSON,
        "message": st.fixed_dictionaries({"content": st.lists(BLOCKS, max_size=3)}) | JSON,
        "tool_use_result": st.fixed_dictionaries(
            {}, optional={"backgroundTaskId": IDS, "agentId": IDS, "status": JSON, "bashEditDiff": JSON}
        )
        | JSON,
        "tool_result_meta": JSON,
        "task_id": IDS | JSON,
        "is_error": JSON,
        "errors": JSON,
        "usage": JSON,
        "modelUsage": JSON,
        "total_cost_usd": JSON,
        "timestamp": st.sampled_from(["2026-11-21T06:24:10.266Z", "2026-11-21T06:24:10"]) | JSON,
        "isReplay": st.booleans() | JSON,
        "state": JSON,
        "cwd": JSON,
        "error": JSON,
        "response": JSON,
        "uuid": IDS | JSON,
        "parent_tool_use_id": IDS | JSON,
        "tool_use_id": IDS | JSON,
        "task_type": st.sampled_from(["local_bash", "local_agent"]) | JSON,
        "status": st.sampled_from(["completed", "failed"]) | JSON,
        "event": JSON,
        "model_usage_since_last_result": st.dictionaries(st.text(max_size=3), JSON, max_size=2) | JSON,
    },
)


TASKS = st.sampled_from(["task-1", "task-2", ""])
STEPS = st.one_of(
    st.tuples(st.just("feed"), MESSAGES),
    st.tuples(st.just("hook"), st.fixed_dictionaries({"hook_event_name": st.just("PostToolUse"), "tool_use_id": IDS})),
    st.tuples(
        st.just("output"), st.fixed_dictionaries({"output": st.text() | JSON, "total_bytes": st.integers() | JSON})
    ),
    st.tuples(st.just("line"), st.text(st.characters())),
    st.tuples(st.just("says"), IDS),
)
"""All that the runner may do with a normaliser before it finishes it."""


def done(normaliser: Normaliser, step: tuple[str, Any]) -> list[EventDraft]:
    kind, value = step
    if kind == "hook":
        normaliser.hook_called(value)
    elif kind == "output":
        return [event for task in normaliser.tasks_to_poll for event in normaliser.task_output(task, value)]
    elif kind == "line":
        normaliser.unreadable(value)
    elif kind == "says":
        normaliser.person_says(value)
    else:
        return normaliser.feed(value)
    return []


def ids(events: list[EventDraft], event_type: EventType) -> Counter[object]:
    return Counter(data["tool_use_id"] for data in of_type(events, event_type))


def holds(events: list[EventDraft]) -> None:
    """Each call and each command is closed once, and the daemon takes every event."""
    called = ids(events, EventType.TOOL_CALLED)
    assert called == ids(events, EventType.TOOL_RESULT)
    assert ids(events, EventType.COMMAND_STARTED) == ids(events, EventType.COMMAND_COMPLETED)
    assert set(called.values()) <= {1}
    assert len(of_type(events, EventType.CONVERSATION_STARTED)) <= 1
    if events:
        wire = [
            {
                "uid": str(number),
                "eventType": event.event_type.value,
                "sentAt": "2026-11-21T06:24:10Z",
                "data": event.data,
                "metadata": event.metadata,
            }
            for number, event in enumerate(events)
        ]
        params = json.dumps({"sessionId": 1, "events": wire}, allow_nan=False, ensure_ascii=False).encode()
        assert len(checked(decode_batch(params).events)) == len(events)


def all_of(normaliser: Normaliser, messages: list[dict[str, Any]]) -> list[EventDraft]:
    return [event for message in messages for event in fed(normaliser, message)]


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, max_size=14), exit_code=st.none() | st.integers(-15, 143))
@example(steps=[("feed", {"type": "result", "total_cost_usd": 10**400})], exit_code=0)
def test_any_messages_give_valid_events_and_close_what_they_open(
    steps: list[tuple[str, Any]], exit_code: int | None
) -> None:
    normaliser = Normaliser(project_root=PROJECT)
    events = [event for step in steps for event in done(normaliser, step)]
    events += normaliser.finish(exit_code)
    assert normaliser.finish(exit_code) == []
    assert [event for step in steps for event in done(normaliser, step)] == []
    holds(events)
    assert normaliser.outcome.is_error == (normaliser.outcome.error is not None)


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_may_end_after_any_message(name: str) -> None:
    """Also the order holds: what a longer run tells begins with what a shorter one has told."""
    messages, ending = messages_of(name)
    whole = all_of(Normaliser(project_root=PROJECT), messages)
    for length in range(len(messages) + 1):
        normaliser = Normaliser(project_root=PROJECT)
        events = all_of(normaliser, messages[:length])
        assert events == whole[: len(events)]
        holds(events + normaliser.finish(ending["exit_code"]))


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_twice_is_told_once(name: str) -> None:
    messages, ending = messages_of(name)
    once, twice = Normaliser(project_root=PROJECT), Normaliser(project_root=PROJECT)
    events = all_of(once, messages) + once.finish(ending["exit_code"])
    doubled = [message for message in messages for _ in range(2)]
    assert all_of(twice, doubled) + twice.finish(ending["exit_code"]) == events
    assert twice.outcome == once.outcome


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_recording_that_is_shuffled_and_spoilt_breaks_nothing(data: st.DataObject) -> None:
    messages, ending = messages_of(data.draw(st.sampled_from(NAMES)))
    chosen = data.draw(st.lists(st.integers(0, len(messages) - 1), max_size=40))
    normaliser = Normaliser(project_root=PROJECT)
    events: list[EventDraft] = []
    for place in chosen:
        message = dict(messages[place])
        if spoilt := data.draw(st.none() | st.sampled_from(sorted(message))):
            message[spoilt] = data.draw(JSON)
        events += normaliser.feed(message)
    holds(events + normaliser.finish(ending["exit_code"]))
