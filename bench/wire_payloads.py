"""What is sent: JSON as a client writes it."""

import uuid
from typing import Any

SMALLEST_METHOD = "session/unsubscribe"
"""It passes through all that the wire is, and its handler sets one flag: what it takes is the wire."""
RESULT_METHOD = "result/create"
"""It neither reads the database nor writes it, but checks a result and completes it."""
RESULT_PARAMS = {
    "id": "5f1c3e62-8d0f-4a8e-9d0e-2b1f6c7a9d10",
    "status": "ok",
    "data": {"exists": True},
    "durationMs": 12,
    "timestamp": "2026-01-02T03:04:05Z",
}
EVENTS_METHOD = "session/handleEvents"
_TEXT = "import os  # the beginning of a file that was read\n" * 2


def event() -> dict[str, Any]:
    """One that nobody has sent before, of about 300 bytes."""
    return {
        "uid": str(uuid.uuid4()),
        "eventType": "tool_called",
        "sentAt": "2026-01-02T03:04:05.678901Z",
        "data": {"tool": "Write", "input": {"path": "package/module.py", "content": _TEXT}},
    }


def batch(session_id: int, size: int) -> dict[str, Any]:
    return {"sessionId": session_id, "events": [event() for _ in range(size)]}


def final_result() -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "status": "ok",
        "timestamp": "2026-01-02T03:04:05.678901Z",
        "stdout": "y" * 600,
        "durationMs": 1,
    }
