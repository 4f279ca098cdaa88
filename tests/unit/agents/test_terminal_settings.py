import json
from typing import Any

import pytest

from treadle.agents.claude_code_command import ClaudeCodeOptions, PermissionMode
from treadle.agents.terminal_settings import (
    TOKEN_VARIABLE,
    is_own_hook,
    settings_document,
    tells_cost,
    terminal_argv,
    terminal_environment,
)

URL = "http://127.0.0.1:4711/hook"
CONVERSATION = "c0000000-0000-4000-8000-000000000000"
SECRET = "of nobody else"


def document(**more: Any) -> dict[str, Any]:
    made = settings_document(hook_url=URL, session_start=["/bin/tell", URL], **more)
    return dict(json.loads(json.dumps(made)))


def test_all_hooks_but_the_one_at_the_start_go_to_the_daemon() -> None:
    hooks = document()["hooks"]
    assert hooks.pop("SessionStart") == [
        {"hooks": [{"type": "command", "command": "/bin/tell", "args": [URL], "timeout": 5}]}
    ]
    for name, ((called,),) in ((name, [each["hooks"] for each in groups]) for name, groups in hooks.items()):
        assert (called["type"], called["url"]) == ("http", URL)
        assert called["timeout"] == {"PermissionRequest": 86_400, "PreToolUse": 40}.get(name, 2)
    assert {"UserPromptSubmit", "PreToolUse", "PermissionRequest", "PostToolBatch", "Stop", "SessionEnd"} <= set(hooks)


def test_the_token_is_no_part_of_the_settings() -> None:
    called = document()["hooks"]["Stop"][0]["hooks"][0]
    assert called["headers"] == {"Authorization": f"Bearer ${TOKEN_VARIABLE}"}
    assert called["allowedEnvVars"] == [TOKEN_VARIABLE]


def test_a_gate_is_asked_beside_the_daemon() -> None:
    daemon, gate = document(gate=["/bin/treadle", "gate", "file with space"], gate_timeout_s=30.5)["hooks"]["Stop"]
    assert daemon["hooks"][0]["type"] == "http"
    command = {"type": "command", "command": "/bin/treadle", "args": ["gate", "file with space"], "timeout": 30.5}
    assert gate == {"hooks": [command]}


@pytest.mark.parametrize(
    ("command", "ours"),
    [
        (URL, True),
        (f"/bin/python -m treadle hook {URL}", True),
        ("/venv/bin/python -m treadle gate /data/runs/x.json", True),
        ("http://127.0.0.1:4711/hooks", False),
        ("https://example.org/hook", False),
        ("npm run gate", False),
    ],
)
def test_our_own_hooks_are_told_from_the_persons(command: str, *, ours: bool) -> None:
    assert is_own_hook(command) is ours


def test_the_command_line_takes_the_prompt_for_no_rule_and_no_option() -> None:
    options = ClaudeCodeOptions(
        conversation_id=CONVERSATION,
        resume=True,
        model="m",
        allowed_tools=("Bash(make:*)", "Read"),
        permission_mode=PermissionMode.MANUAL,
    )
    argv = terminal_argv("claude", options, settings_file="/s.json", prompt="--help me")
    assert argv[:5] == [
        "claude",
        f"--resume={CONVERSATION}",
        "--settings=/s.json",
        "--permission-mode=manual",
        "--model=m",
    ]
    assert argv[5:] == ["--allowedTools", "Bash(make:*)", "Read", "--", "--help me"]


def test_without_a_prompt_the_person_begins() -> None:
    options = ClaudeCodeOptions(conversation_id=CONVERSATION)
    argv = terminal_argv("claude", options, settings_file="/s.json")
    assert argv == [
        "claude",
        f"--session-id={CONVERSATION}",
        "--settings=/s.json",
        "--permission-mode=acceptEdits",
    ]


def environment(**environ: str) -> dict[str, str]:
    return terminal_environment(environ, session_uid="s", token=SECRET, receiver_url="http://127.0.0.1:4711")


def test_telemetry_tells_the_daemon_what_it_costs_and_nothing_that_was_said() -> None:
    made = environment(PATH="/bin")
    assert made[TOKEN_VARIABLE] == SECRET
    assert made["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"] == "http://127.0.0.1:4711/v1/logs"
    assert made["OTEL_EXPORTER_OTLP_LOGS_HEADERS"] == f"Authorization=Bearer {SECRET}"
    assert not {name for name in made if name.startswith(("OTEL_LOG_", "OTEL_METRICS", "OTEL_TRACES"))}
    assert "NO_PROXY" not in made


@pytest.mark.parametrize(
    "own",
    [
        {"CLAUDE_CODE_ENABLE_TELEMETRY": "0"},
        {"CLAUDE_CODE_ENABLE_TELEMETRY": "1", "OTEL_METRICS_EXPORTER": "otlp"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "https://example.org"},
    ],
)
def test_a_persons_own_telemetry_stays_as_it_is(own: dict[str, str]) -> None:
    made = environment(**own)
    assert {key: value for key, value in made.items() if key.startswith(("OTEL_", "CLAUDE_CODE_ENABLE"))} == own
    assert not tells_cost(own)


def test_telemetry_that_a_persons_settings_set_up_stays_as_it_is() -> None:
    theirs = {"env": {"CLAUDE_CODE_ENABLE_TELEMETRY": "1", "OTEL_METRICS_EXPORTER": "otlp"}}
    given = {"session_uid": "s", "token": SECRET, "receiver_url": "http://127.0.0.1:4711"}
    assert not {name for name in terminal_environment({}, **given, settings=[{}, theirs]) if "OTEL" in name}
    assert tells_cost({}, [{"env": "none"}, {}])


def test_hooks_do_not_go_through_a_proxy() -> None:
    made = environment(https_proxy="http://proxy", HTTP_PROXY="http://proxy", no_proxy="localhost,example.org")
    assert made["NO_PROXY"] == made["no_proxy"] == "localhost,example.org,127.0.0.1"
