"""Single events in words."""

import pytest

from treadle.cli.story_words import MOST_LINES, message, told
from treadle.domain.event import EventType

WINDOW = {"user_id": 1, "client_id": "c-1", "client_name": "window 1"}
RUNNER = {"client_id": "c-2", "client_name": "treadle run, process 7 on box"}


STATUS = "session_status_changed"


@pytest.mark.parametrize(
    ("event_type", "data", "who", "words"),
    [
        ("conversation_started", {"model": "m", "agent_version": "2"}, "Claude", "begins (m, Claude Code 2)"),
        ("conversation_started", {"resumed": True}, "Claude", "goes on with the conversation"),
        ("conversation_message_sent", {"text": "Do it.\n"}, "Treadle", "Do it."),
        ("conversation_ended", {"exit_code": 143, "is_error": True}, "Claude", "✗ ended with exit code 143"),
        (
            "conversation_ended",
            {"interrupted": True, "input_tokens": 5, "cached_tokens": 4, "cost_usd": 0.02, "cost_is_partial": True},
            "Claude",
            "! was ended: 5 tokens, 4 from the cache, at least $0.0200",
        ),
        ("file_deleted", {"path": "a.py"}, "Treadle", "sees: deleted a.py"),
        ("file_created", {"more_files": 12, "folder": "src"}, "Treadle", "sees: 12 more files changed in src"),
        ("hook_completed", {"hook_name": "PreToolUse:Bash", "outcome": "success"}, "hook", "✓ PreToolUse:Bash success"),
        ("error_occurred", {"kind": "stalled", "message": "No word for 5 min."}, "Treadle", "✗ No word for 5 min."),
        ("error_occurred", {"kind": "api_error", "message": "API Error: 529"}, "Claude", "✗ API Error: 529"),
        (
            STATUS,
            {"compacted": True, "tokens_before": 1_008},
            "Claude",
            "sums up its conversation of 1,008 tokens and goes on",
        ),
        (STATUS, {"agent_status": "interrupted"}, "Claude", "! is interrupted"),
        (
            STATUS,
            {"action": "said", "text": "Stop.", "interrupt": True, "by": WINDOW},
            "window 1",
            "breaks off and says: Stop.",
        ),
        (
            STATUS,
            {"action": "withdrawn", "ask_id": 3, "reason": "The step ended."},
            "Treadle",
            "ask 3 is withdrawn: The step ended.",
        ),
        (
            STATUS,
            {"action": "denied", "tool": "Bash", "command": "rm x", "reason": "Nobody is there."},
            "Treadle",
            "✗ denied Bash rm x, Nobody is there.",
        ),
        (STATUS, {"action": "skipped", "by": WINDOW, "reason": "Why?"}, "window 1", "skipped: Why?"),
        (
            STATUS,
            {"action": "taken_over", "from": RUNNER, "by": WINDOW, "step": "check"},
            "window 1",
            "taken over from treadle run: check",
        ),
        (STATUS, {"new_status": "failed"}, "Treadle", "the session is failed"),
        ("session_paused", {"action": "paused", "by": WINDOW, "reason": "Lunch."}, "window 1", "paused: Lunch."),
        ("session_resumed", {}, "Treadle", "resumed"),
    ],
)
def test_an_event_in_words(event_type: str, data: dict[str, object], who: str, words: str) -> None:
    paragraph = told(EventType(event_type), data)
    assert paragraph is not None
    assert (paragraph.who, f"{paragraph.mark} {paragraph.text}".strip()) == (who, words)


@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        (STATUS, {"agent_status": "running"}),
        ("conversation_message_sent", {"text": "Mind.", "said": True}),
        ("hook_triggered", {"hook_name": "PreToolUse:Bash"}),
        ("tool_result", {"is_error": False}),
    ],
)
def test_what_a_story_does_not_need(event_type: str, data: dict[str, object]) -> None:
    assert told(EventType(event_type), data) is None


def test_a_message_is_whole_up_to_a_sensible_length() -> None:
    assert message("a\n\n\n\nb\n") == "a\n\nb"
    long = message("\n".join(str(number) for number in range(100)))
    assert long.splitlines()[-2:] == ["38", "… 61 more lines"]
    assert len(long.splitlines()) == MOST_LINES
