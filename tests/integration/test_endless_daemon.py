"""The daemon that is measured starts, and has the session type without an end."""

import sys
from pathlib import Path

from tests.daemon_fixtures import DaemonProcess


def test_the_measured_daemon_has_its_session_type(data_dir: Path) -> None:
    daemon = DaemonProcess(data_dir, started_by=[sys.executable, "-m", "bench.endless_daemon"])
    try:
        assert "error" not in daemon.start()
        with daemon.client() as client:
            types = client.call("sessionType/list")["data"]
        assert [each["id"] for each in types] == ["endless"]
    finally:
        daemon.end()
