"""`treadle events --follow` while the daemon is killed and comes back."""

import socket
import threading
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.integration.test_rpc_notices import BOUND_SECONDS, Writer
from treadle.cli.events import follow
from treadle.client.connection import Connection


@pytest.mark.requirement("notices.catch-up")
def test_who_follows_sees_every_event_once_whatever_becomes_of_the_daemon(
    daemon: DaemonProcess, tmp_path: Path
) -> None:
    writer = Writer(daemon, tmp_path / "project")
    session_id, other = writer.new_session(), writer.new_session()
    seen: list[str] = []

    def reach() -> socket.socket:
        assert writer.is_up.wait(BOUND_SECONDS)
        reached = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        reached.connect(str(daemon.socket))
        return reached

    def look() -> None:
        with Connection(reach, client_name="test") as connection:
            told = follow(connection, {"sessionId": session_id, "limit": 7})
            seen.extend(str(event["uid"]) for event in told if event is not None)

    looking = threading.Thread(target=look)
    looking.start()
    for number in range(40):
        if number in (10, 25):
            writer.restart()
        writer.append(session_id, number % 20 + 1)
        writer.append(other, 1)
    writer.client.call("session/cancel", {"sessionId": session_id})
    looking.join(BOUND_SECONDS)
    assert not looking.is_alive()
    ended = seen.pop()
    assert ended not in writer.sent[session_id]
    assert seen == writer.sent[session_id]
    writer.client.socket.close()
