"""What a client tells its user: one sentence, and an exit code for scripts."""

from collections.abc import Mapping
from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of the `treadle` command."""

    DONE = 0
    SESSION_FAILED = 1
    USAGE = 2
    """Also an unknown type, component or session."""
    PROJECT_STATE = 3
    """No git repository, a dirty tree."""
    UNTRUSTED = 4
    AGENT_UNAVAILABLE = 5
    DAEMON = 6
    CLAIMED = 7
    PAUSED = 8
    """A person paused the session; it goes on once it is resumed."""
    ANSWER_NEEDED = 9
    """A session asks, and nobody is here who could answer."""
    INTERNAL = 10
    INTERRUPTED = 130


class ClientError(Exception):
    """Ends the command with this sentence and exit code."""

    def __init__(self, message: str, exit_code: int = ExitCode.DAEMON) -> None:
        self.message = message
        self.exit_code = exit_code
        super().__init__(message)


EXIT_CODES: Mapping[str, ExitCode] = {
    "session_not_found": ExitCode.USAGE,
    "unknown_session_type": ExitCode.USAGE,
    "unknown_component": ExitCode.USAGE,
    "invalid_params": ExitCode.USAGE,
    "project_not_found": ExitCode.USAGE,
    "project_invalid": ExitCode.PROJECT_STATE,
    "workflow_invalid": ExitCode.PROJECT_STATE,
    "project_untrusted": ExitCode.UNTRUSTED,
    "claimed": ExitCode.CLAIMED,
    "complete": ExitCode.SESSION_FAILED,
    "failed": ExitCode.SESSION_FAILED,
    "cancelled": ExitCode.SESSION_FAILED,
    "active": ExitCode.SESSION_FAILED,
    "interaction_completed": ExitCode.SESSION_FAILED,
    "interaction_not_found": ExitCode.USAGE,
    "ask_not_found": ExitCode.USAGE,
    "ask_closed": ExitCode.SESSION_FAILED,
    "own_ask": ExitCode.SESSION_FAILED,
    "too_large": ExitCode.USAGE,
    "step_limit": ExitCode.SESSION_FAILED,
    "paused": ExitCode.PAUSED,
    "session_type_unavailable": ExitCode.SESSION_FAILED,
    "step_failed": ExitCode.SESSION_FAILED,
}


class RemoteError(ClientError):
    """The daemon refused a request; `code` is stable, `details` are for programs."""

    def __init__(self, code: str, message: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(message, EXIT_CODES.get(code, ExitCode.DAEMON))
        self.code = code
        self.details = details or {}
