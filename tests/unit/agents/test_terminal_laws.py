"""What holds for whatever the sources of a terminal tell, in any order, twice, in part or spoilt."""

from collections import Counter
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.agents.terminal_player import (
    SOME_TIME,
    TERMINALS,
    Heard,
    fed,
    heard_in,
    normaliser_of,
    of_source,
    played,
)
from tests.unit.agents.test_claude_code_laws import IDS, JSON, holds
from treadle.agents.terminal_events import TerminalNormaliser, Told
from treadle.domain.event import EventType

RECORDED = {name: heard_in(name) for name in TERMINALS}
HOOKS = ["SessionStart", "SessionEnd", "UserPromptSubmit", "PreToolUse", "PostToolUse", "PostToolUseFailure"]
HOOKS += ["PostToolBatch", "MessageDisplay", "SubagentStart", "SubagentStop", "Stop", "StopFailure"]
TOOL = {
    "tool_name": st.sampled_from(["Bash", "Write", "Agent"]) | JSON,
    "tool_use_id": IDS | JSON,
    "tool_input": st.fixed_dictionaries({}, optional={"command": JSON, "file_path": JSON}) | JSON,
    "tool_response": JSON,
}
HOOK = st.fixed_dictionaries(
    {"hook_event_name": st.sampled_from(HOOKS) | JSON},
    optional={
        **TOOL,
        "session_id": IDS | JSON,
        "prompt_id": IDS | JSON,
        "prompt": st.sampled_from(["<task-notification>\n<task-id>a</task-id>", "Do it."]) | JSON,
        "tool_calls": st.lists(st.fixed_dictionaries({}, optional=TOOL), max_size=3) | JSON,
        "delta": JSON,
        "final": st.booleans() | JSON,
        "message_id": IDS | JSON,
        "agent_id": IDS | JSON,
        "agent_type": JSON,
        "background_tasks": JSON,
        "last_assistant_message": JSON,
        "source": st.sampled_from(["startup", "clear", "compact", "resume"]) | JSON,
        "error": JSON,
    },
)
BLOCK = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "tool_use", "tool_result", "thinking"]) | JSON},
    optional={"id": IDS, "tool_use_id": IDS, "name": JSON, "input": JSON, "text": JSON, "content": JSON},
)
LINE = st.fixed_dictionaries(
    {"type": st.sampled_from(["user", "assistant", "system", "attachment", "queue-operation", "subagent"]) | JSON},
    optional={
        "subtype": st.sampled_from(["turn_duration", "stop_hook_summary", "compact_boundary", "local_command"]) | JSON,
        "message": st.fixed_dictionaries({"content": st.lists(BLOCK, max_size=3) | st.text() | JSON}) | JSON,
        "attachment": st.fixed_dictionaries({"type": st.sampled_from(["hook_success", "queued_command"])}) | JSON,
        "timestamp": st.sampled_from(["2026-11-21T06:24:10.266Z"]) | JSON,
        "toolUseResult": JSON,
        "permissionDecision": JSON,
        "toolDenialKind": JSON,
        "promptId": IDS | JSON,
        "agentId": IDS | JSON,
        "toolUseId": IDS | JSON,
        "sessionId": IDS | JSON,
        "content": JSON,
        "uuid": IDS | JSON,
        "isApiErrorMessage": st.booleans(),
        "error": JSON,
    },
)
OUTPUT = st.fixed_dictionaries({"text": st.text() | JSON}, optional={"taskId": IDS, "toolUseId": IDS, "offset": JSON})
STATUS = st.fixed_dictionaries({"status": JSON}, optional={"conversationId": IDS | JSON})
STEPS = st.one_of(
    *(
        st.fixed_dictionaries({"source": st.just(source), "said": said})
        for source, said in (("hook", HOOK), ("transcript", LINE), ("output", OUTPUT), ("status", STATUS))
    )
)


def new() -> TerminalNormaliser:
    return TerminalNormaliser(project_root="/p", conversation_id="a", resumed=False, terminal_id=1)


def uids(told: list[Told]) -> Counter[str]:
    return Counter(each.uid for each in told)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(STEPS, max_size=14), exit_code=st.none() | st.integers(-15, 143))
def test_whatever_comes_gives_valid_events_and_closes_what_it_opens(steps: list[Heard], exit_code: int | None) -> None:
    normaliser, now, told = new(), SOME_TIME, list[Told]()
    for number, step in enumerate(steps):
        now += timedelta(milliseconds=400 * (number % 3))
        told += normaliser.due(now)
        told += fed(normaliser, step, now)
        normaliser.open_call(step["said"])
    told += normaliser.finish(exit_code=exit_code, interrupted=False, now=now)
    assert set(uids(told).values()) <= {1}
    if not any(each.draft.event_type is EventType.CONVERSATION_STARTED for each in told[1:]):
        holds([each.draft for each in told])
    assert [each for step in steps for each in fed(normaliser, step, now)] == []


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_sources_that_overtake_each_other_tell_the_same(data: st.DataObject) -> None:
    """Each keeps its own order; how they come between one another is chance."""
    name = data.draw(st.sampled_from(["files_and_commands", "background_command"]))
    heard = RECORDED[name]
    hooks, lines = of_source(heard, "hook"), of_source(heard, "transcript")
    mixed: list[Heard] = []
    for from_hooks in data.draw(st.lists(st.booleans(), max_size=len(heard))):
        source = hooks if from_hooks else lines
        mixed += source[:1]
        source = source[1:]
        hooks, lines = (source, lines) if from_hooks else (hooks, source)
    told = played([*mixed, *hooks, *lines], normaliser=normaliser_of(heard))
    holds([each.draft for each in told])
    assert kinds(told) == kinds(played(heard))


def kinds(told: list[Told]) -> Counter[tuple[str, object]]:
    kept = [each for each in told if not each.draft.event_type.value.startswith("session_")]
    return Counter((each.draft.event_type.value, each.uid) for each in kept)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_what_comes_twice_late_or_spoilt_breaks_nothing(data: st.DataObject) -> None:
    heard = RECORDED[data.draw(st.sampled_from(TERMINALS))]
    chosen = data.draw(st.lists(st.integers(0, len(heard) - 1), max_size=40))
    steps = []
    for place in chosen:
        said = dict(heard[place]["said"])
        if spoilt := data.draw(st.none() | st.sampled_from(sorted(said))):
            said[spoilt] = data.draw(JSON)
        steps.append({**heard[place], "said": said})
    told = played(steps, normaliser=normaliser_of(heard))
    assert set(uids(told).values()) <= {1}


def test_a_daemon_that_was_away_hears_the_rest_from_the_transcript() -> None:
    """Killed after each thing that it heard: the next one is sent the transcript again, and takes each uid once."""
    heard = RECORDED["files_and_commands"]
    whole = kinds(played(heard))
    for place in range(0, len(heard), 5):
        before, after = normaliser_of(heard), normaliser_of(heard)
        told = [each for said in heard[:place] for each in fed(before, said, SOME_TIME)]
        again = [*of_source(heard[:place], "transcript"), *heard[place:]]
        told += played(again, normaliser=after)
        assert set(kinds(told)) == set(whole)
