from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from treadle.domain.errors import InvalidValueError

INLINE_BYTES = 32 * 1024
"""Of each end of stdout and stderr that a result keeps; the whole is an output."""


class ResultStatus(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    PENDING = "pending"


@dataclass(frozen=True, slots=True, kw_only=True)
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

    def as_warning(self, message: str, data: Mapping[str, object] | None = None) -> "Result":
        new_data = self.data if data is None else data
        return replace(self, status=ResultStatus.WARNING, error_message=message, data=new_data)


def clipped(text: str, limit: int = INLINE_BYTES) -> tuple[str, bool]:
    """The first and last `limit` bytes of a text, and whether anything was left out between them."""
    raw = text.encode()
    if len(raw) <= 2 * limit:
        return text, False
    head = raw[:limit].decode(errors="ignore")
    tail = raw[-limit:].decode(errors="ignore")
    left_out = len(raw) - len(head.encode()) - len(tail.encode())
    return f"{head}\n[… {left_out} bytes left out …]\n{tail}", True
