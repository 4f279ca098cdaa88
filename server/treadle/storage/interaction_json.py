"""Commands and results as JSON text: that of the wire, so that a page of interactions is sent as it is stored."""

from datetime import datetime

from treadle.domain.command import Command
from treadle.domain.result import Result, ResultStatus
from treadle.domain.times import iso
from treadle.storage.values import json_object, json_text

_STATUSES = {str(status): status for status in ResultStatus}


def command_text(command: Command) -> str:
    """:raises InvalidValueError: the metadata is not JSON"""
    members: dict[str, object] = {
        "id": command.id,
        "module": command.module,
        "command": command.command,
        "metadata": command.metadata,
        "timestamp": iso(command.timestamp),
    }
    return json_text(members if command.pipe is None else {**members, "pipe": command.pipe})


def command_of(text: str) -> Command:
    members = json_object(text)
    return Command(
        id=members["id"],
        module=members["module"],
        command=members["command"],
        metadata=members["metadata"],
        timestamp=datetime.fromisoformat(members["timestamp"]),
        pipe=members.get("pipe"),
    )


def result_text(result: Result) -> str:
    """:raises InvalidValueError: the data is not JSON"""
    return json_text(
        {
            "id": result.id,
            "status": result.status,
            "data": result.data,
            "code": result.code,
            "errorMessage": result.error_message,
            "stdout": result.stdout,
            "stderr": result.stderr,
            "durationMs": result.duration_ms,
            "timestamp": iso(result.timestamp),
        }
    )


def result_of(text: str) -> Result:
    members = json_object(text)
    return Result(
        id=members["id"],
        status=_STATUSES[members["status"]],
        data=members["data"],
        code=members["code"],
        error_message=members["errorMessage"],
        stdout=members["stdout"],
        stderr=members["stderr"],
        duration_ms=members["durationMs"],
        timestamp=datetime.fromisoformat(members["timestamp"]),
    )
