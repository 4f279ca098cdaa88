import pytest

from treadle.agents.event_draft import draft
from treadle.domain.event import EventType
from treadle.runner.narration import MAX_LINE_CHARACTERS, MAX_MESSAGE_LINES, TAIL_LINES, Narration

Told = tuple[EventType, dict[str, object]]


def told(*events: Told) -> list[str]:
    narration = Narration()
    return [line.text for kind, data in events for line in narration.lines(draft(kind, **data))]


@pytest.mark.parametrize(
    ("kind", "data", "lines"),
    [
        (EventType.CONVERSATION_STARTED, {"agent_version": "2", "model": "m"}, ["Claude Code 2 (m)"]),
        (EventType.CONVERSATION_MESSAGE_RECEIVED, {"text": "a\n\nb "}, ["a", "b"]),
        (EventType.TOOL_CALLED, {"tool": "Read", "path": "a.py"}, ["Read a.py"]),
        (EventType.TOOL_CALLED, {"tool": "Bash", "summary": "ls"}, []),
        (EventType.TOOL_RESULT, {"tool": "Edit", "is_error": True, "content": "no\nmore"}, ["Edit: no"]),
        (EventType.TOOL_RESULT, {"tool": "Edit", "is_error": False, "content": "yes"}, []),
        (
            EventType.TOOL_RESULT,
            {"tool": "Bash", "is_error": True, "interrupted": True, "content": "The user doesn't want it. STOP"},
            ["Bash: broken off"],
        ),
        (EventType.FILE_CREATED, {"path": "a.py", "lines_added": 3}, ["created a.py  +3"]),
        (EventType.FILE_MODIFIED, {"path": "a.py", "lines_added": 3, "lines_removed": 1}, ["changed a.py  +3 -1"]),
        (EventType.FILE_DELETED, {"path": "a.py"}, ["deleted a.py"]),
        (EventType.FILE_CREATED, {"more_files": 70, "folder": "src"}, ["and 70 more files changed in src"]),
        (EventType.COMMAND_STARTED, {"tool": "Bash", "command": "ls\nrm"}, ["$ ls …"]),
        (EventType.COMMAND_COMPLETED, {"tool": "Bash", "exit_code": 1}, ["exit code 1"]),
        (EventType.ERROR_OCCURRED, {"kind": "permission_denied", "tool": "Bash", "summary": "rm"}, ["denied: Bash rm"]),
        (EventType.ERROR_OCCURRED, {"kind": "other", "message": "broken"}, ["broken"]),
        (
            EventType.ERROR_OCCURRED,
            {"kind": "api_retry", "error": "overloaded", "error_status": 529, "attempt": 1, "max_retries": 10}
            | {"retry_delay_ms": 1512.4},
            ["the model's API failed (overloaded, HTTP 529), attempt 1 of 10, again in 1.5 s"],
        ),
        (
            EventType.ERROR_OCCURRED,
            {"kind": "api_retry", "error": "unknown", "attempt": 2, "max_retries": 10},
            ["the model's API failed (unknown), attempt 2 of 10"],
        ),
        (EventType.HOOK_TRIGGERED, {"hook_name": "x"}, []),
        (EventType.HOOK_COMPLETED, {"hook_name": "x", "outcome": "passed"}, []),
        (EventType.HOOK_TRIGGERED, {"gate": True, "run": 2}, ["gate, run 2"]),
        (EventType.HOOK_COMPLETED, {"gate": True, "outcome": "passed"}, ["the gate passed"]),
        (
            EventType.HOOK_COMPLETED,
            {"gate": True, "outcome": "blocked"},
            ["the gate did not pass; the agent is told why and goes on"],
        ),
        (
            EventType.HOOK_COMPLETED,
            {"gate": True, "outcome": "given_up"},
            ["the gate did not pass; the agent has stopped"],
        ),
        (EventType.HOOK_COMPLETED, {"gate": True, "outcome": "cancelled"}, []),
    ],
)
def test_an_event_in_words(kind: EventType, data: dict[str, object], lines: list[str]) -> None:
    assert told((kind, data)) == lines


def test_the_end_of_a_commands_output_is_shown_when_it_is_over() -> None:
    started: Told = (EventType.COMMAND_STARTED, {"command": "pytest"})
    output: list[Told] = [(EventType.COMMAND_OUTPUT, {"text": f"line {n}\nli"}) for n in range(30)]
    ended: Told = (EventType.COMMAND_COMPLETED, {"exit_code": 1})
    lines = told(started, *output, ended)
    assert lines[0] == "$ pytest"
    assert lines[-1] == "exit code 1"
    assert lines[-2] == "li"
    assert lines[-3] == "liline 29"
    assert len(lines) == TAIL_LINES + 2


def test_what_a_command_of_treadles_own_reports_is_put_into_words() -> None:
    lines = told(
        (EventType.COMMAND_STARTED, {"command": "treadle git branch"}),
        (EventType.COMMAND_OUTPUT, {"text": 'On branch b.\n{"branch": "b", "files": [], "base": "main"}\n'}),
        (EventType.COMMAND_COMPLETED, {"exit_code": 0}),
    )
    assert lines == ["$ treadle git branch", "branch: b", "base: main"]


def test_long_messages_and_lines_are_cut_and_cannot_steer_the_terminal() -> None:
    lines = told((EventType.CONVERSATION_MESSAGE_RECEIVED, {"text": "\n".join(["\x1b[2Jx" * 100] * 50)}))
    assert len(lines) == MAX_MESSAGE_LINES + 1
    assert lines[-1] == "… 38 more lines"
    assert len(lines[0]) == MAX_LINE_CHARACTERS
    assert "\x1b" not in "".join(lines)
