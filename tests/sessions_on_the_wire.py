"""Sessions made by a client, as events need one."""

import uuid
from pathlib import Path

from tests.wire_client import WireClient

SETTINGS = """\
components:
  - name: Calculator
    kind: module
    paths: {code: calculator.py, tests: tests/test_calculator.py}
"""


def new_session(client: WireClient, root: Path) -> int:
    """The number of a session of a component's tests, in a trusted project at this folder."""
    settings = root / ".treadle" / "project.yaml"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(SETTINGS)
    facts = {"root": str(root), "facts": {"test_command": ["pytest"]}}
    shown = client.call("project/open", facts)
    opened = client.call("project/open", {**facts, "trustedHash": shown["contentHash"]})
    component = opened["components"][0]
    params = {"type": "component_test", "componentId": component["id"], "projectId": component["projectId"]}
    session_id: int = client.call("session/create", params)["session"]["id"]
    return session_id


def event_of(data: bytes, metadata: bytes = b"null") -> bytes:
    """The text of an event with exactly this data."""
    return b'{"uid":"%b","eventType":"tool_called","sentAt":"2026-01-02T03:04:05Z","data":%b,"metadata":%b}' % (
        str(uuid.uuid4()).encode(),
        data,
        metadata,
    )


def batch_of(session_id: int, *data: bytes) -> bytes:
    """The text of `session/handleEvents` parameters."""
    return b'{"sessionId":%d,"events":[%b]}' % (session_id, b",".join(map(event_of, data)))
