"""How Claude Code is started in a person's own terminal: its command line, its environment, and the settings that let
the daemon know what happens in it.

The settings come beside the person's own, whose hooks fire as ever.
"""

import re
from collections.abc import Iterable, Mapping, Sequence

from treadle.agents.claude_code_command import ClaudeCodeOptions, agent_environment
from treadle.agents.lenient import JsonObject, an_object

TOKEN_VARIABLE = "TREADLE_HOOK_TOKEN"  # noqa: S105
PERMISSION_REQUEST, BEFORE_TOOL = "PermissionRequest", "PreToolUse"
TOLD_BY_HTTP = (
    "UserPromptSubmit",
    BEFORE_TOOL,
    PERMISSION_REQUEST,
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "MessageDisplay",
    "SubagentStart",
    "SubagentStop",
    "Stop",
    "StopFailure",
    "SessionEnd",
)
"""Not the hooks around compacting: what they answer is shown in the terminal."""
HOOK_SECONDS = 2
"""So long a daemon that hangs may hold up the terminal."""
RULES_SECONDS = 40
"""The same before a tool is used, where what the rules deny must not be done because a computer is busy, or the daemon
is just being started again."""
PERMISSION_SECONDS = 24 * 3600
"""So long a person may leave a question unanswered; the terminal's own dialog is open all the while."""
SESSION_START_SECONDS = 5
GATE_SECONDS = 600

TELEMETRY = "CLAUDE_CODE_ENABLE_TELEMETRY"
EXPORTERS = ("OTEL_LOGS_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT")
EXPORT_EVERY_MS = 500
PROXIES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
NO_PROXY = ("NO_PROXY", "no_proxy")
LOOPBACK = "127.0.0.1"
OWN_HOOK = re.compile(r"http://127\.0\.0\.1:\d{1,5}/hook(?:\s|$)|\btreadle gate\s")


def settings_document(
    *,
    hook_url: str,
    token_variable: str = TOKEN_VARIABLE,
    session_start: Sequence[str],
    gate: Sequence[str] | None = None,
    gate_timeout_s: float | None = None,
) -> JsonObject:
    """`session_start`: a command that hands its input on to `hook_url`, because no other kind of hook is called then;
    `gate`: the one that decides whether Claude Code may stop. Both are started without a shell."""
    hooks = {name: [_calling(_http(name, hook_url, token_variable))] for name in TOLD_BY_HTTP}
    hooks["SessionStart"] = [_calling(_command(session_start, SESSION_START_SECONDS))]
    if gate:
        hooks["Stop"].append(_calling(_command(gate, gate_timeout_s or GATE_SECONDS)))
    return {"hooks": hooks, "bashEditDiffEnabled": True}


def is_own_hook(command: str) -> bool:
    """Whether a hook that Claude Code names in its transcript is one of these settings, and not the person's."""
    return OWN_HOOK.search(command) is not None


def terminal_argv(
    executable: str, options: ClaudeCodeOptions, *, settings_file: str, prompt: str | None = None
) -> list[str]:
    argv = [executable, f"--{'resume' if options.resume else 'session-id'}={options.conversation_id}"]
    argv += [f"--settings={settings_file}", f"--permission-mode={options.permission_mode.value}"]
    if options.model:
        argv.append(f"--model={options.model}")
    if options.allowed_tools:
        argv += ["--allowedTools", *options.allowed_tools]
    if prompt:
        argv += ["--", prompt]  # a list of rules would take it for one more of them
    return argv


def terminal_environment(
    environ: Mapping[str, str],
    *,
    session_uid: str,
    token: str,
    receiver_url: str,
    settings: Iterable[JsonObject] = (),
) -> dict[str, str]:
    """`settings`: the person's own, which may set up telemetry too."""
    environment = agent_environment(environ, session_uid=session_uid) | {TOKEN_VARIABLE: token}
    if any(environ.get(name) for name in PROXIES):  # hooks would take it even to this machine
        own = [environ[name] for name in NO_PROXY if environ.get(name)]
        environment |= dict.fromkeys(NO_PROXY, ",".join([*own[:1], LOOPBACK]))
    if tells_cost(environ, settings):
        environment |= {
            TELEMETRY: "1",
            "OTEL_LOGS_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": "http/json",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": f"{receiver_url}/v1/logs",
            "OTEL_EXPORTER_OTLP_LOGS_HEADERS": f"Authorization=Bearer {token}",
            "OTEL_LOGS_EXPORT_INTERVAL": str(EXPORT_EVERY_MS),
        }
    return environment


def tells_cost(environ: Mapping[str, str], settings: Iterable[JsonObject] = ()) -> bool:
    """Whether Claude Code in this environment can tell the daemon what it costs.

    Not where a person has set up telemetry of their own, or has switched it off: that stays as it is.
    """
    theirs = [environ, *(an_object(each.get("env")) for each in settings)]
    return not any(each.get(name) for each in theirs for name in (TELEMETRY, *EXPORTERS))


def _calling(hook: JsonObject) -> JsonObject:
    return {"hooks": [hook]}


def _http(name: str, url: str, token_variable: str) -> JsonObject:
    seconds = {PERMISSION_REQUEST: PERMISSION_SECONDS, BEFORE_TOOL: RULES_SECONDS}.get(name, HOOK_SECONDS)
    token = {"headers": {"Authorization": f"Bearer ${token_variable}"}, "allowedEnvVars": [token_variable]}
    return {"type": "http", "url": url, "timeout": seconds, **token}


def _command(argv: Sequence[str], seconds: float) -> JsonObject:
    executable, *arguments = argv
    return {"type": "command", "command": executable, "args": arguments, "timeout": seconds}
