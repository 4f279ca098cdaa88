"""Results as an executor makes them and as the wire has them."""

from datetime import UTC, datetime

from treadle.domain.result import Result, ResultStatus
from treadle.domain.times import iso


def ok(result_id: str, **fields: object) -> Result:
    return _result(result_id, ResultStatus.OK, fields)


def failed(result_id: str, message: str, **fields: object) -> Result:
    return _result(result_id, ResultStatus.ERROR, {**fields, "error_message": message})


def _result(result_id: str, status: ResultStatus, fields: dict[str, object]) -> Result:
    return Result(id=result_id, status=status, timestamp=datetime.now(UTC), **fields)  # type: ignore[arg-type]


def on_the_wire(result: Result) -> dict[str, object]:
    return {
        "id": result.id,
        "status": result.status.value,
        "data": dict(result.data),
        "code": result.code,
        "errorMessage": result.error_message,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "durationMs": result.duration_ms,
        "timestamp": iso(result.timestamp),
    }
