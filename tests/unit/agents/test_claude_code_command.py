"""Command lines of Claude Code. What the program makes of them: tests/e2e/test_claude_code_contract.py."""

from treadle.agents.claude_code_command import ClaudeCodeOptions, allowed_command_rules, claude_code_argv


def test_a_new_conversation_has_an_id_of_ours() -> None:
    argv = claude_code_argv("/opt/claude", ClaudeCodeOptions(conversation_id="id-1"))
    assert argv[:2] == ["/opt/claude", "-p"]
    assert argv[-2:] == ["--session-id", "id-1"]
    assert "--resume" not in argv


def test_options_become_flags() -> None:
    options = ClaudeCodeOptions(
        conversation_id="id-1", resume=True, model="opus", max_turns=7, allowed_tools=("Bash(npm test:*)", "WebFetch")
    )
    assert claude_code_argv("claude", options)[-9:] == [
        *("--resume", "id-1", "--model", "opus", "--max-turns", "7"),
        *("--allowedTools", "Bash(npm test:*)", "WebFetch"),
    ]


def test_nothing_is_allowed_beyond_edits_and_the_rules() -> None:
    argv = claude_code_argv("claude", ClaudeCodeOptions(conversation_id="id-1"))
    assert argv[argv.index("--permission-mode") + 1] == "acceptEdits"
    assert argv[argv.index("--permission-prompt-tool") + 1] == "stdio"
    assert not any("dangerously" in word or "bypass" in word for word in argv)


def test_a_command_is_allowed_with_further_arguments() -> None:
    assert allowed_command_rules([".venv/bin/python", "-m", "pytest"]) == ("Bash(.venv/bin/python -m pytest:*)",)
    assert allowed_command_rules(["my dir/run", "a b"]) == ("Bash('my dir/run' 'a b':*)",)


def test_no_command_allows_nothing() -> None:
    assert allowed_command_rules([]) == ()
