"""Command lines of Claude Code. What the program makes of them: tests/e2e/test_claude_code_contract.py."""

import pytest

from treadle.agents.claude_code_command import (
    BLOCK_CAP,
    ENVIRONMENT,
    ClaudeCodeOptions,
    agent_environment,
    allowed_command_rules,
    claude_code_argv,
    is_conversation_id,
    is_model,
)


def test_a_new_conversation_has_an_id_of_ours() -> None:
    argv = claude_code_argv("/opt/claude", ClaudeCodeOptions(conversation_id="id-1"))
    assert argv[:2] == ["/opt/claude", "-p"]
    assert argv[-1] == "--session-id=id-1"
    assert not any(word.startswith("--resume") for word in argv)


def test_options_become_flags() -> None:
    options = ClaudeCodeOptions(
        conversation_id="id-1", resume=True, model="opus", max_turns=7, allowed_tools=("Bash(npm test:*)", "WebFetch")
    )
    assert claude_code_argv("claude", options)[-7:] == [
        *("--resume=id-1", "--model=opus", "--max-turns", "7"),
        *("--allowedTools", "Bash(npm test:*)", "WebFetch"),
    ]


def test_no_value_becomes_an_option() -> None:
    evil = "--dangerously-skip-permissions"
    argv = claude_code_argv("claude", ClaudeCodeOptions(conversation_id=evil, resume=True, model=evil))
    assert evil not in argv
    assert not is_conversation_id(evil)
    assert not is_model(evil)


@pytest.mark.parametrize("model", ["opus", "opus[1m]", "us.anthropic.claude-4:0", "arn:aws:bedrock:x/y", "claude@2025"])
def test_a_plain_model_name(model: str) -> None:
    assert is_model(model)


@pytest.mark.parametrize("model", ["", "-x", "a b", "a\n", "x" * 201, "$(x)"])
def test_no_plain_model_name(model: str) -> None:
    assert not is_model(model)


def test_a_conversation_id_is_a_uuid() -> None:
    assert is_conversation_id("11111111-1111-4111-8111-11111111111f")
    assert not is_conversation_id("11111111-1111-4111-8111-11111111111f\n")


@pytest.mark.requirement("trust.agent-permissions")
def test_nothing_is_allowed_beyond_edits_and_the_rules() -> None:
    argv = claude_code_argv("claude", ClaudeCodeOptions(conversation_id="id-1"))
    assert argv[argv.index("--permission-mode") + 1] == "acceptEdits"
    assert argv[argv.index("--permission-prompt-tool") + 1] == "stdio"
    assert not any("dangerously" in word or "bypass" in word for word in argv)


@pytest.mark.requirement("trust.agent-permissions", "trust.shell-values-are-quoted")
def test_a_command_is_allowed_with_further_arguments() -> None:
    assert allowed_command_rules([".venv/bin/python", "-m", "pytest"]) == ("Bash(.venv/bin/python -m pytest:*)",)
    assert allowed_command_rules(["my dir/run", "a b"]) == ("Bash('my dir/run' 'a b':*)",)


def test_no_command_allows_nothing() -> None:
    assert allowed_command_rules([]) == ()


def test_an_agent_is_not_told_that_it_runs_inside_another_one() -> None:
    environ = {"PATH": "/bin", "CLAUDECODE": "1", "CLAUDE_CODE_ENTRYPOINT": "cli", "CLAUDE_CODE_SSE_PORT": "1"}
    made = agent_environment(environ, session_uid="u-1")
    assert made == {"PATH": "/bin", "TREADLE_AGENT_SESSION": "u-1", **ENVIRONMENT}


@pytest.mark.parametrize(
    ("own", "blocks", "limit"),
    [
        (None, 3, None),
        (None, 8, None),
        (None, 9, "9"),
        ("2", 3, "3"),
        ("100", 20, "100"),
        ("many", 3, "many"),
        ("many", 9, "9"),
    ],
)
def test_the_agents_limit_of_blocks_is_no_lower_than_ours(own: str | None, blocks: int, limit: str | None) -> None:
    environ = {} if own is None else {BLOCK_CAP: own}
    assert agent_environment(environ, session_uid="u-1", max_blocks=blocks).get(BLOCK_CAP) == limit
