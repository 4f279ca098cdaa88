"""What an ask is about, for a terminal."""

from treadle.runner.ask_details import about


def test_a_command_is_shown_exactly_and_steers_no_terminal() -> None:
    details = {"tool": "Bash", "command": "echo '\x1b[8m'\nrm -rf /tmp/x", "input": {"command": "rm"}}
    assert list(about(details)) == ["$ echo ' [8m'", "> rm -rf /tmp/x", "tool: Bash"]


def test_a_path_and_its_diff_are_shown_instead_of_the_input() -> None:
    details = {"tool": "Edit", "path": "a.py", "diff": "@@ -1 +1 @@\n-a\n+b\n", "input": {"new_string": "b"}}
    assert list(about(details)) == ["path: a.py", "@@ -1 +1 @@", "-a", "+b", "tool: Edit"]


def test_another_tool_shows_its_input() -> None:
    details = {"tool": "WebFetch", "input": {"url": "https://example.org/ä"}, "tool_use_id": "t", "agent_type": None}
    details |= {"fingerprint": "ab12", "grant": {"tool": "WebFetch"}}
    assert list(about(details)) == ['input: {"url": "https://example.org/ä"}', "tool: WebFetch"]


def test_whatever_else_is_known_is_told_by_its_name() -> None:
    details = {"silent_s": 300, "last_output": "waiting\nfor you", "rule": "Bash(git push*)", "working_directory": ""}
    assert list(about(details)) == ["silent s: 300", "last output: waiting for you", "rule: Bash(git push*)"]


def test_what_has_another_shape_is_shown_as_it_is() -> None:
    assert list(about({"command": ["rm"], "path": 7, "diff": None})) == ["path: 7"]
    assert list(about({})) == []
