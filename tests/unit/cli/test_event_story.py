"""A session's record as a story: what stands in one line, what in its own, and what is left out."""

from typing import Any

import pytest

from treadle.cli.event_story import Story
from treadle.cli.story_page import Page

BASH: dict[str, Any] = {"tool": "Bash", "tool_use_id": "t"}
AT = "2026-01-02T03:04:05Z"
GOOD = {"status": "ok", "data": {"num_turns": 2}, "timestamp": AT}
BAD = {"status": "error", "errorMessage": "It failed.", "timestamp": AT}
STEPS: dict[str, dict[str, Any]] = {
    "one": {"position": 1, "step": "work", "attempt": 1, "result": GOOD},
    "two": {"position": 2, "step": "check", "attempt": 3, "result": BAD},
    "open": {"position": 3, "step": "fix", "attempt": 1, "result": None},
}
BY = {"client_name": "ada@box"}


def event(event_type: str, of_step: str | None = None, **data: Any) -> dict[str, object]:
    return {"eventType": event_type, "interactionId": of_step, "sentAt": AT, "data": data}


def story(
    *events: dict[str, object] | None, is_whole: bool = True, session: dict[str, object] | None = None
) -> list[str]:
    """Its lines without their times; None stands for a pause."""
    teller = Story(Page(me="ada@box"), lambda interaction: STEPS.get(interaction, {}), is_whole=is_whole)
    lines = [line for each in events for line in (teller.pause() if each is None else teller.tell(each))]
    lines += [*teller.end(), *teller.close(session or {})]
    return [line[8:] if line[2:3] == ":" else line for line in lines]


def test_a_call_and_its_end_are_one_line() -> None:
    assert story(
        event("tool_called", **BASH, summary="make"),
        event("command_started", **BASH, command="make"),
        event("command_output", **BASH, text="built\n"),
        event("command_completed", **BASH, exit_code=2),
        event("file_created", **BASH, path="out.txt", lines_added=1),
        event("tool_result", **BASH, is_error=True, content="Exit code 2\nbuilt", duration_ms=1_234),
    ) == [
        "  Claude     ✗ $ make  exit code 2, 1.2 s",
        "                       created out.txt +1",
        "                       built",
    ]


def test_what_a_person_does_in_an_editor_is_no_part_of_the_step_that_runs() -> None:
    own = {"terminal": "bash", "execution_id": "e"}
    assert story(
        event("command_started", "one", command="pytest"),
        event("command_started", "one", command="npm test", working_directory="web", **own),
        event("file_modified", "one", path="a.py", saved=True),
        event("file_modified", "one", path="b.py"),
        event("command_completed", "one", exit_code=1, **own),
        event("command_completed", "one", exit_code=0, duration_ms=1_000),
        event("command_completed", exit_code=0, **own),
        event("error_occurred", kind="events_dropped", message="2 events were not recorded.", count=2),
        is_whole=False,
    ) == [
        "Step 1: work",
        "  Treadle    · $ pytest",
        "  editor     $ npm test  (in web)",
        "             saved a.py",
        "             ✗ ended with exit code 1",
        "  Treadle    ✓ $ pytest  1.0 s",
        "                       changed b.py",
        "             ✗ 2 events were not recorded.",
    ]


def test_a_call_that_others_come_between_is_told_at_its_beginning_and_its_end() -> None:
    assert story(
        event("tool_called", **BASH, summary="make"),
        event("conversation_message_received", text="Meanwhile."),
        event("command_completed", **BASH, exit_code=0),
        event("tool_result", **BASH, is_error=False),
    ) == ["  Claude     · $ make", "             Meanwhile.", "             ✓ $ make"]


def test_calls_at_the_same_time_are_told_as_they_end() -> None:
    calls = [event("tool_called", tool="Read", tool_use_id=name, path=f"{name}.py") for name in "ab"]
    ends = [event("tool_result", tool="Read", tool_use_id=name, is_error=False) for name in "ba"]
    assert story(*calls, *ends) == ["  Claude     ✓ Read b.py", "             ✓ Read a.py"]


def test_what_goes_on_is_shown_when_nothing_more_comes_for_now() -> None:
    assert story(
        event("tool_called", **BASH, summary="make"),
        event("command_output", **BASH, text="line 1\n", live=True),
        None,
        None,
        event("command_output", **BASH, text="line 2\n", live=True),
        None,
        event("command_completed", **BASH, exit_code=0),
        event("tool_result", **BASH, is_error=False, duration_ms=20),
    ) == [
        "  Claude     · $ make",
        "                       line 1",
        "                       line 2",
        "             ✓ $ make",
    ]


def test_a_subagent_has_its_starter_before_it_and_a_name_of_its_own() -> None:
    theirs: dict[str, Any] = {
        "parent_tool_use_id": "agent",
        "agent_type": "general-purpose",
        "agent_description": "Count",
    }
    assert story(
        event("tool_called", tool="Agent", tool_use_id="agent", summary="Count"),
        event("tool_called", **BASH, **theirs, summary="ls"),
        event("command_completed", **BASH, **theirs, exit_code=0),
        event("tool_result", **BASH, **theirs, is_error=False),
        event("conversation_message_received", **theirs, text="Two."),
        event("session_status_changed", tool="Agent", tool_use_id="gone", subagent_status="failed", agent_type="x"),
        event("tool_result", tool="Agent", tool_use_id="agent", is_error=False, content=[{"type": "text"}]),
    ) == [
        "  Claude     · Agent Count",
        "  sub-agent  ✓ $ ls",
        "             Two.",
        "             ✗ x is failed",
        "  Claude     ✓ Agent Count",
    ]


def test_a_call_that_is_asked_about_is_told_by_the_question_and_the_answer() -> None:
    about: dict[str, Any] = {"ask_id": 7, "kind": "permission", "tool_use_id": "t", "tool": "Bash"}
    question: dict[str, Any] = {"question": "Claude Code wants to run: make", "options": ["allow", "deny"]}
    assert story(
        event("tool_called", **BASH, summary="make"),
        event("session_status_changed", agent_status="waiting"),
        event("session_status_changed", action="asked", asked_by="Claude Code, in the step work", **about, **question),
        event("session_status_changed", action="answered", answer="deny", comment="Not now.", by=BY, **about),
        event("command_completed", **BASH, ran=False),
        event("tool_result", **BASH, is_error=True, refused=True, content="A person denied this: Not now."),
        event("error_occurred", kind="permission_denied", **BASH, message="A person denied this: Not now."),
    ) == [
        "  Claude     ? Claude Code wants to run: make  (ask 7: allow, deny)",
        "  you        answers ask 7: deny (Not now.)",
        "  Claude     ✗ $ make  denied",
    ]


@pytest.mark.parametrize(
    ("action", "fields", "end", "line"),
    [
        (
            "denied",
            {"rule": "Bash(git push:*)", "file": "/home/ada/.config/treadle/permissions.yaml", "line": 3},
            {"is_error": True, "refused": True, "content": "A rule denies it."},
            "✗ $ make  denied: A rule denies it, denied by the rule Bash(git push:*) (permissions.yaml:3)",
        ),
        ("allowed", {"ask_id": 4}, {"is_error": False}, "✓ $ make  as ask 4 was answered"),
        ("allowed", {"rule": "Bash(make)"}, {"is_error": False}, "✓ $ make  allowed by the rule Bash(make)"),
    ],
)
def test_a_rule_that_decided_stands_beside_the_call(
    action: str, fields: dict[str, Any], end: dict[str, Any], line: str
) -> None:
    told = story(
        event("tool_called", **BASH, summary="make"),
        event("session_status_changed", action=action, **BASH, command="make", **fields),
        event("command_completed", **BASH, exit_code=0 if action == "allowed" else None),
        event("tool_result", **BASH, **end),
    )
    assert told == [f"  Claude     {line}"]


def test_a_command_in_the_background_has_an_end_of_its_own() -> None:
    assert story(
        event("tool_called", **BASH, summary="make"),
        event("tool_result", **BASH, is_error=False, content="Command running in background"),
        event("conversation_message_received", text="It runs."),
        event("command_output", **BASH, text="built\n", live=True),
        event("command_completed", **BASH, exit_code=3, background=True),
    ) == [
        "  Claude     ✓ $ make  goes on in the background",
        "             It runs.",
        "             ✗ $ make  exit code 3, in the background",
        "                       built",
    ]


def test_steps_are_headings_with_their_attempt_and_their_end() -> None:
    assert story(
        event("conversation_ended", "one", num_turns=2, input_tokens=9, output_tokens=1, cost_usd=0.5, exit_code=0),
        event("command_started", "two", command="make"),
        event("command_completed", "two", exit_code=1, duration_ms=100),
        event("error_occurred", "open", kind="api_retry", error="overloaded", attempt=1, max_retries=10),
    ) == [
        "Step 1: work",
        "  Claude     ✓ is done: 2 turns, 10 tokens, $0.50",
        "  Treadle    ✓ work: ok",
        "",
        "Step 2: check, attempt 3",
        "  Treadle    ✗ $ make  exit code 1, 0.1 s",
        "             ✗ check: error, It failed.",
        "",
        "Step 3: fix",
        "  Claude     ! the model's API failed (overloaded), attempt 1 of 10",
    ]


def test_a_selection_of_events_has_no_ends() -> None:
    assert story(event("conversation_message_received", "one", text="Hm."), is_whole=False) == [
        "Step 1: work",
        "  Claude     Hm.",
    ]


@pytest.mark.parametrize(
    ("session", "lines"),
    [
        ({"status": "active"}, []),
        ({"status": "cancelled", "failureReason": None}, ["The session is cancelled"]),
        (
            {
                "status": "failed",
                "failureReason": "Too often.",
                "inputTokens": 1_000,
                "outputTokens": 1,
                "costUsd": 0.2,
            },
            ["The session is failed: Too often, 1,001 tokens, $0.20"],
        ),
    ],
)
def test_the_end_of_a_session_closes_its_story(session: dict[str, object], lines: list[str]) -> None:
    assert story(session=session) == lines


def test_a_gate_is_one_line_with_what_it_printed() -> None:
    gate: dict[str, Any] = {"gate": True, "command": "make lint"}
    assert story(
        event("hook_triggered", **gate, run=1),
        event("command_started", **gate),
        event("command_output", gate=True, text="not clean\n"),
        event("command_completed", gate=True, exit_code=1),
        event("hook_completed", **gate, outcome="blocked", problem="it ended with exit code 1", duration_ms=900),
    ) == [
        "  gate       ✗ $ make lint  it ended with exit code 1: not passed; Claude is told why and goes on, 0.9 s",
        "                       not clean",
    ]


def test_an_event_of_a_kind_that_is_not_known_is_left_out() -> None:
    assert story(event("from_the_future", text="x"), event("session_status_changed", agent_status="idle")) == []
