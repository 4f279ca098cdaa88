from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from treadle.domain.errors import InvalidValueError

INLINE_BYTES = 32 * 1024
"""Of each end of stdout and stderr that a result keeps; the whole is an output."""
GAP_BYTES = 64
"""Room for the line that says how much was left out between them."""

NOT_STARTED = "not_started"
"""`data.failure` of a shell command whose program could not be started."""
TESTS_CANNOT_RUN = "tests_cannot_run"
"""`data.failure` of a pending result: the tests could not begin, and a person must do something first."""


class ResultStatus(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True)
class Result:
    """The outcome of a command. `pending` is visible progress and does not complete an interaction."""

    id: str
    status: ResultStatus
    timestamp: datetime
    data: Mapping[str, object] = field(default_factory=dict)
    code: int | None = None
    error_message: str | None = None
    stdout: str | None = None
    stderr: str | None = None
    duration_ms: int | None = None

    def __post_init__(self) -> None:
        if self.status in (ResultStatus.ERROR, ResultStatus.WARNING) and not self.error_message:
            raise InvalidValueError(f"A result of status {self.status} needs an error message.", field="errorMessage")

    @property
    def is_final(self) -> bool:
        return self.status is not ResultStatus.PENDING

    @property
    def succeeded(self) -> bool:
        """The step is done and the next one may begin."""
        return self.status in (ResultStatus.OK, ResultStatus.WARNING)

    def as_ok(self, data: Mapping[str, object]) -> "Result":
        return replace(self, status=ResultStatus.OK, error_message=None, data=data)

    def as_error(self, message: str, data: Mapping[str, object] | None = None) -> "Result":
        new_data = self.data if data is None else data
        return replace(self, status=ResultStatus.ERROR, error_message=message, data=new_data)

    def as_pending(self, data: Mapping[str, object]) -> "Result":
        """Progress after all: what was reported as the end is not yet."""
        return replace(self, status=ResultStatus.PENDING, error_message=None, data=data)

    def clipped(self) -> "Result":
        """With no more of stdout and stderr than a result keeps, whoever reported it."""
        stdout, stderr = _optional_clipped(self.stdout), _optional_clipped(self.stderr)
        is_short = stdout == self.stdout and stderr == self.stderr
        return self if is_short else replace(self, stdout=stdout, stderr=stderr)


def _optional_clipped(text: str | None) -> str | None:
    return None if text is None else clipped(text)


def clipped(text: str, limit: int = INLINE_BYTES) -> str:
    """The first and last `limit` bytes of a text that is longer; one that was clipped already stays as it is."""
    if len(text) <= limit // 2:
        return text
    raw = text.encode()
    if len(raw) <= 2 * limit + GAP_BYTES:
        return text
    head = raw[:limit].decode(errors="ignore")
    tail = raw[-limit:].decode(errors="ignore")
    left_out = len(raw) - len(head.encode()) - len(tail.encode())
    return f"{head}\n[… {left_out} bytes left out …]\n{tail}"
