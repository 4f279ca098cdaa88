"""What everybody finds in the log of their editor: broken plug-ins, and a database that cannot be written."""

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.sessions_on_the_wire import batch_of, new_session
from tests.wire_client import WireClient
from treadle.protocol.framing import frame

ERROR, WARNING, INFO = 1, 2, 3


def initialized(daemon: DaemonProcess, number: int) -> WireClient:
    client = daemon.client(clientId=f"client-{number}")
    client.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
    return client


def told(client: WireClient) -> tuple[int, str]:
    """The next message of its log."""
    notice = client.notice()
    assert notice["method"] == "window/logMessage"
    return notice["params"]["type"], notice["params"]["message"]


def told_until_now(client: WireClient) -> list[str]:
    client.call("daemon/status")
    kinds = [notice["method"] for notice in client.notices]
    client.notices.clear()
    return kinds


@pytest.fixture
def broken_plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed as any other, for the processes that are started meanwhile."""
    metadata = tmp_path / "broken_plug_in-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plug-in\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[treadle.session_types]\nbroken = no_such_module:TYPE\n")
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))


def test_each_client_is_told_of_a_broken_plug_in_once_it_is_initialized(
    broken_plug_in: None, daemon: DaemonProcess
) -> None:
    with initialized(daemon, 1) as first, initialized(daemon, 2) as second, daemon.client() as silent:
        for client in (first, second):
            kind, message = told(client)
            assert kind == WARNING
            assert "broken" in message
            assert "no_such_module" in message
            assert told_until_now(client) == []
        assert told_until_now(silent) == []
        silent.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        assert told(silent)[0] == WARNING


@contextmanager
def unwritable(daemon: DaemonProcess) -> Iterator[None]:
    """No file of this process may grow: that is how a full disk looks to it."""
    _, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (hard, hard))


def append(client: WireClient, session_id: int) -> bool:
    """Whether an event was stored."""
    params = batch_of(session_id, b'{"secret":"in the data"}')
    client.send_bytes(frame(b'{"jsonrpc":"2.0","id":"a","method":"session/handleEvents","params":%b}' % params))
    answer = client.answer("a")
    assert "result" in answer or answer["error"]["data"]["code"] == "storage_unavailable"
    return "result" in answer


def test_everybody_is_told_once_that_nothing_can_be_written_and_once_that_it_can(
    daemon: DaemonProcess, tmp_path: Path
) -> None:
    with ExitStack() as opened:
        writing = opened.enter_context(initialized(daemon, 1))
        looking = opened.enter_context(initialized(daemon, 2))
        silent = opened.enter_context(daemon.client())
        session_id = new_session(writing, tmp_path)
        with unwritable(daemon):
            for _ in range(20):
                assert not append(writing, session_id)
            coming = opened.enter_context(initialized(daemon, 3))
            errors = [told(client) for client in (writing, looking, coming)]
            assert {kind for kind, _ in errors} == {ERROR}
            assert len({message for _, message in errors}) == 1
            # Reading goes on.
            assert looking.call("session/get", {"sessionId": session_id})["session"]["eventCount"] == 0
        for client in (writing, looking, coming):
            kind, message = told(client)
            assert (kind, "again" in message) == (INFO, True)
            assert told_until_now(client) == []
        assert told_until_now(silent) == []
        assert append(writing, session_id)
        said = errors[0][1] + message
        assert str(tmp_path) not in said
        assert "secret" not in said
        assert "client-" not in said
