"""`treadle events --all`: every event in a line."""

import time

import pytest

from treadle.cli.event_list import PIPE_WIDTH, line_of

WINDOW = {"user_id": 1, "client_id": "c-1", "client_name": "window 1"}
UNNAMED = {"user_id": 1, "client_id": "c-2", "client_name": None}


def line(kind: str, data: dict[str, object]) -> str:
    return line_of({"eventType": kind, "sentAt": "2026-01-02T03:04:05.678901Z", "data": data})


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("tool_called", {"tool": "Read", "path": "a.py"}, "Read a.py"),
        ("command_completed", {"exit_code": 0, "interrupted": False}, "exit code 0"),
        ("conversation_ended", {"exit_code": 143, "interrupted": True}, "interrupted"),
        ("error_occurred", {"kind": "api_retry", "error": "overloaded"}, "the model's API failed: overloaded"),
        ("session_status_changed", {"agent_status": "idle"}, "the agent is idle"),
        ("command_output", {"text": "a\n\x1b[2Jb"}, "a  [2Jb"),
        ("session_status_changed", {"action": "marked_done", "by": WINDOW, "note": None}, "marked done by window 1"),
        ("session_status_changed", {"action": "skipped", "by": WINDOW, "reason": "Why?"}, "skipped by window 1: Why?"),
        (
            "session_status_changed",
            {"action": "answered", "by": WINDOW, "step": "approve", "answer": "yes", "comment": "At night."},
            "answered by window 1: yes, At night.",
        ),
        ("session_status_changed", {"action": "rerun", "by": UNNAMED, "step": "check"}, "rerun by c-2: check"),
        (
            "session_status_changed",
            {"action": "taken_over", "from": UNNAMED, "by": WINDOW, "step": "check"},
            "taken over from c-2 by window 1: check",
        ),
    ],
)
def test_what_an_event_says_most(kind: str, data: dict[str, object], said: str) -> None:
    shown = line(kind, data)
    assert shown[12:].startswith(f"  {kind} ")
    assert shown.endswith(f"  {said}")


@pytest.mark.parametrize(
    ("zone", "sent_at", "clock"),
    [
        ("UTC", "2026-01-02T03:04:05.678901Z", "03:04:05.678"),
        ("Asia/Kolkata", "2026-01-02T03:04:05Z", "08:34:05.000"),
        ("Asia/Kolkata", "9999-12-31T23:59:59.999999Z", " " * 12),
    ],
)
def test_the_time_is_of_the_persons_clock(monkeypatch: pytest.MonkeyPatch, zone: str, sent_at: str, clock: str) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        shown = line_of({"eventType": "tool_called", "sentAt": sent_at, "data": {"tool": "Read"}})
    time.tzset()
    assert shown.startswith(f"{clock}  tool_called ")


def test_a_line_for_a_pipe_is_cut() -> None:
    shown = line("command_output", {"text": "x" * 1_000})
    assert len(shown) == PIPE_WIDTH
    assert shown.endswith("x…")
