"""What is too large for a result, given to a real daemon and read back."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from treadle.client.connection import Connection
from treadle.client.locations import Locations
from treadle.client.project import open_project
from treadle.runner.capture import Capture
from treadle.runner.outputs import PIECE_BYTES, upload
from treadle.runner.stop import Stop


@pytest.fixture
def connection(shared_daemon: DaemonProcess) -> Iterator[Connection]:
    with Connection.to_daemon(Locations.find(shared_daemon.data_dir), client_name="test") as connection:
        yield connection


@pytest.fixture
def session_id(connection: Connection, calculator_project: Path) -> int:
    opened = open_project(connection, calculator_project, trust=True, ask=None)
    project, components = opened["project"], opened["components"]
    assert isinstance(project, dict)
    assert isinstance(components, list)
    params = {"type": "component_test", "projectId": project["id"], "componentId": components[0]["id"]}
    session = connection.call("session/create", params)["session"]
    assert isinstance(session, dict)
    return int(session["id"])


def read_back(connection: Connection, session_id: int, output_id: str) -> bytes:
    content, offset = b"", 0
    while True:
        page = connection.call("output/read", {"sessionId": session_id, "outputId": output_id, "offset": offset})
        content += base64.b64decode(str(page["data"]))
        if page["nextOffset"] is None:
            return content
        offset = int(str(page["nextOffset"]))


@pytest.mark.parametrize("size", [1, PIECE_BYTES - 1, PIECE_BYTES, 2 * PIECE_BYTES, 2 * PIECE_BYTES + 3])
def test_an_output_comes_back_byte_for_byte(connection: Connection, session_id: int, size: int) -> None:
    whole = (bytes(range(256)) * (size // 256 + 1))[:size]
    capture = Capture()
    capture.write(whole)
    uploaded = upload(connection, session_id, capture, stop=Stop())
    capture.close()
    output_id = hashlib.sha256(whole).hexdigest()
    assert uploaded.as_data() == {"id": output_id, "size": size}
    assert read_back(connection, session_id, output_id) == whole


def test_an_output_that_is_refused_does_not_cost_the_step(connection: Connection) -> None:
    capture = Capture()
    capture.write(b"x")
    assert upload(connection, 99, capture, stop=Stop()).as_data() == {
        "size": 1,
        "lost": True,
        "reason": "There is no session 99.",
    }
    capture.close()
