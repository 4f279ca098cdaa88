"""Every refusal that a caller can cause. Each has a stable code and one sentence.

The docstring of a class is its default message; `details` holds plain JSON values for programs.
"""

from collections.abc import Mapping
from typing import ClassVar


class TreadleError(Exception):
    """Something was refused."""

    code: ClassVar[str] = "refused"

    def __init__(self, message: str | None = None, **details: object) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.details: Mapping[str, object] = details
        super().__init__(self.message)


class InvalidValueError(TreadleError):
    """A value breaks a rule."""

    code = "invalid_params"


class SessionNotFoundError(TreadleError):
    """There is no such session."""

    code = "session_not_found"


class SessionCompleteError(TreadleError):
    """The session is complete."""

    code = "complete"


class SessionFailedError(TreadleError):
    """The session has failed."""

    code = "failed"


class SessionCancelledError(TreadleError):
    """The session was cancelled."""

    code = "cancelled"


class SessionActiveError(TreadleError):
    """The session is active."""

    code = "active"


class SessionPausedError(TreadleError):
    """The session is paused."""

    code = "paused"


class InteractionNotFoundError(TreadleError):
    """The session has no such interaction."""

    code = "interaction_not_found"


class InteractionCompletedError(TreadleError):
    """The interaction already has another result."""

    code = "interaction_completed"


class ClaimedError(TreadleError):
    """Another client is executing this interaction."""

    code = "claimed"


class NotClaimedError(TreadleError):
    """This client does not hold the interaction."""

    code = "not_claimed"


class UnknownSessionTypeError(TreadleError):
    """There is no such session type."""

    code = "unknown_session_type"


class SessionTypeUnavailableError(TreadleError):
    """The session's type is not installed any more."""

    code = "session_type_unavailable"


class StepLimitError(TreadleError):
    """The session reached its limit of steps."""

    code = "step_limit"


class ResultNotFoundError(TreadleError):
    """The interaction has no pending result."""

    code = "result_not_found"


class StepFailedError(TreadleError):
    """The step's own code failed; nothing was saved."""

    code = "step_failed"


class UnknownComponentError(TreadleError):
    """The project has no such component."""

    code = "unknown_component"


class ProjectNotFoundError(TreadleError):
    """There is no such project."""

    code = "project_not_found"


class ProjectUntrustedError(TreadleError):
    """The project's folder is not trusted."""

    code = "project_untrusted"


class ProjectInvalidError(TreadleError):
    """The project's settings file is not valid."""

    code = "project_invalid"


class WorkflowInvalidError(TreadleError):
    """The workflow's file is not valid."""

    code = "workflow_invalid"


class EventInvalidError(TreadleError):
    """An event of the batch is not valid."""

    code = "event_invalid"


class TooLargeError(TreadleError):
    """The value is too large."""

    code = "too_large"


class OutputNotFoundError(TreadleError):
    """There is no such output."""

    code = "output_not_found"


class UploadConflictError(TreadleError):
    """The piece does not continue the upload."""

    code = "upload_conflict"


class AskNotFoundError(TreadleError):
    """There is no such ask."""

    code = "ask_not_found"


class AskClosedError(TreadleError):
    """The ask is closed."""

    code = "ask_closed"


class OwnAskError(TreadleError):
    """An agent may not answer what its own session asks."""

    code = "own_ask"


class TerminalNotFoundError(TreadleError):
    """The session has no such open terminal."""

    code = "terminal_not_found"


class StorageUnavailableError(TreadleError):
    """The database cannot be written."""

    code = "storage_unavailable"


class DatabaseTooNewError(TreadleError):
    """The database was written by a newer version of Treadle."""

    code = "database_too_new"
