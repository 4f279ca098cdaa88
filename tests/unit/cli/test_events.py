import pytest

from treadle.cli.events import PIPE_WIDTH, _line


def line(kind: str, data: dict[str, object]) -> str:
    return _line({"eventType": kind, "sentAt": "2026-01-02T03:04:05.678901Z", "data": data})


@pytest.mark.parametrize(
    ("kind", "data", "said"),
    [
        ("tool_called", {"tool": "Read", "path": "a.py"}, "Read a.py"),
        ("command_completed", {"exit_code": 0, "interrupted": False}, "exit code 0"),
        ("conversation_ended", {"exit_code": 143, "interrupted": True}, "interrupted"),
        ("error_occurred", {"kind": "api_retry", "error": "overloaded"}, "the model's API failed: overloaded"),
        ("session_status_changed", {"agent_status": "idle"}, "the agent is idle"),
        ("command_output", {"text": "a\n\x1b[2Jb"}, "a  [2Jb"),
    ],
)
def test_what_an_event_says_most(kind: str, data: dict[str, object], said: str) -> None:
    shown = line(kind, data)
    assert shown.startswith(f"03:04:05.678  {kind} ")
    assert shown.endswith(f"  {said}")


def test_a_line_for_a_pipe_is_cut() -> None:
    shown = line("command_output", {"text": "x" * 1_000})
    assert len(shown) == PIPE_WIDTH
    assert shown.endswith("x…")
