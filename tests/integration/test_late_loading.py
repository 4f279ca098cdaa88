"""A first client is served before what it does not need is loaded."""

import os
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from tests.daemon_fixtures import DaemonProcess
from treadle.protocol.framing import frame

LATE = (
    "alembic",
    "jinja2",
    "ruamel",
    "defusedxml",
    "rich",
    "treadle.service.project_settings",
    "treadle.workflows.component_coding",
    "treadle.workflows.component_test",
)
IMPORT_TRACE = "import time:"


class SlowPlugIn:
    """It is imported when the test says so, and then fails."""

    def __init__(self, folder: Path) -> None:
        self.gate = folder / "gate"
        os.mkfifo(self.gate)
        metadata = folder / "slow_plug_in-1.0.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-plug-in\nVersion: 1.0\n")
        (metadata / "entry_points.txt").write_text("[treadle.session_types]\nslow = slow_plug_in:TYPE\n")
        (folder / "slow_plug_in.py").write_text(f"open({str(self.gate)!r}).read()\nraise ValueError('it was let in')\n")

    def let_in(self) -> None:
        """Returns once it is being imported."""
        self.gate.write_text("")


@pytest.fixture
def slow_plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SlowPlugIn:
    """Installed as any other, for the daemon that is started after it."""
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    return SlowPlugIn(tmp_path)


@pytest.fixture
def traced(data_dir: Path) -> Iterator[DaemonProcess]:
    """A daemon whose log names each module that it has imported."""
    daemon = DaemonProcess(data_dir, started_by=("env", "PYTHONPROFILEIMPORTTIME=1"))
    assert "error" not in daemon.start()
    yield daemon
    daemon.end()


def test_a_daemon_is_ready_without_what_no_first_client_needs(traced: DaemonProcess) -> None:
    """Until it says that it listens, which is before it is ready: what is late is loaded soon after."""
    lines = list(takewhile(lambda line: "listening on" not in line, traced.log.read_text().splitlines()))
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith(IMPORT_TRACE)}
    assert "treadle.rpc.server" in imported
    assert imported.intersection(LATE) == set()


def test_a_client_is_served_while_a_plug_in_is_not_loaded_and_told_when_it_is_what_is_wrong(
    slow_plug_in: SlowPlugIn, daemon: DaemonProcess
) -> None:
    with daemon.client() as client:
        client.send_bytes(frame(b'{"jsonrpc":"2.0","method":"initialized","params":{}}'))
        assert client.call("daemon/status")["connections"] == 1
        assert client.call("session/list")["data"] == []
        assert client.notices == []
        slow_plug_in.let_in()
        notice = client.notice()
        assert notice["method"] == "window/logMessage"
        assert "it was let in" in notice["params"]["message"]


def test_who_needs_the_session_types_waits_for_them_and_nobody_else_does(
    slow_plug_in: SlowPlugIn, daemon: DaemonProcess
) -> None:
    with daemon.client(clientId="waiting") as waiting, daemon.client(clientId="other") as other:
        waiting.send({"jsonrpc": "2.0", "id": 100, "method": "sessionType/list", "params": {}})
        assert other.call("daemon/status")["connections"] == 2
        slow_plug_in.let_in()
        types = waiting.answer(100)["result"]
        assert {"component_coding", "task"} < {each["id"] for each in types["data"]}
        assert "it was let in" in types["problems"][0]


def test_a_daemon_stops_while_a_plug_in_is_being_imported(slow_plug_in: SlowPlugIn, daemon: DaemonProcess) -> None:
    with slow_plug_in.gate.open("w"):  # opens once the plug-in reads, which then waits for an end that does not come
        assert daemon.stop() == 0
