"""Another client, who has done nothing wrong and is served all the time; and what the daemon writes of the others."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.daemon_fixtures import DaemonProcess

PAUSE_SECONDS = 0.002
"""Between its questions, so that it does not take the machine from those who are tested."""


@contextmanager
def served_meanwhile(daemon: DaemonProcess) -> Iterator[None]:
    """Somebody else asks and is answered before, all the time, and afterwards, on one connection."""
    answered, failed, enough = threading.Event(), [], threading.Event()
    with daemon.client(clientId="bystander") as client:

        def ask() -> None:
            try:
                while True:
                    assert client.call("daemon/status")["pid"] == daemon.pid
                    answered.set()
                    if enough.wait(PAUSE_SECONDS):
                        return
            except BaseException as error:  # noqa: BLE001 - told to the test
                failed.append(error)
                answered.set()

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield
            answered.clear()
            assert answered.wait(30), "the daemon answers nobody any more"
        finally:
            enough.set()
            asking.join()
        assert not failed, failed
        assert client.call("daemon/status")["pid"] == daemon.pid


class LogTail:
    """What the daemon's log says from now on."""

    def __init__(self, daemon: DaemonProcess) -> None:
        self._path = daemon.log
        self._start = self._path.stat().st_size

    def text(self) -> str:
        with self._path.open("rb") as log:
            log.seek(self._start)
            return log.read().decode()
