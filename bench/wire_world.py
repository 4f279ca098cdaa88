"""A real daemon with something in its database, an echo, and the same database once more for the service by itself."""

import asyncio
import json
import shutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.echo import LEARN, EchoProcess
from bench.large_sessions import make_sessions
from bench.raw_client import RawClient
from bench.service import new_result, new_session, open_application, step
from tests.daemon_fixtures import DaemonProcess, new_data_dir
from tests.wire_client import initialize_params

SESSIONS = 50
INTERACTIONS = 1_000
EVENTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WireWorld:
    daemon: Path
    """Its socket."""
    echo: Path
    copied: Path
    """A data folder with the same in it, which nobody serves."""
    growing: int
    """A session with events, for more of them."""
    long: int
    """One with very many interactions."""
    stepping: int
    """One whose steps never end."""

    def client(self) -> RawClient:
        """Of the daemon."""
        client = RawClient(self.daemon)
        said = {"treadle": {"protocolVersion": 1, "clientId": str(uuid.uuid4())}}
        client.call("initialize", initialize_params(said))
        return client

    def teach_echo(self, method: str, body: bytes) -> None:
        """It answers as much as the daemon did."""
        message = json.loads(body)
        client = RawClient(self.echo)
        client.call(LEARN, {"method": method, "result": message.get("result", message.get("error"))})
        client.close()


@contextmanager
def wire_world() -> Iterator[WireWorld]:
    folder, copied = new_data_dir(), new_data_dir()
    daemon = DaemonProcess(folder, started_by=[sys.executable, "-m", "bench.endless_daemon"])
    try:
        (growing,) = make_sessions(folder, EVENTS)
        long, stepping = asyncio.run(_fill(folder))
        shutil.copytree(folder, copied, dirs_exist_ok=True)
        said = daemon.start()
        assert "error" not in said, said
        with EchoProcess(folder / "echo.sock") as echo:
            yield WireWorld(
                daemon=daemon.socket, echo=echo.socket, copied=copied, growing=growing, long=long, stepping=stepping
            )
    finally:
        daemon.end()
        shutil.rmtree(folder)
        shutil.rmtree(copied)


async def _fill(folder: Path) -> tuple[int, int]:
    """A long session, and one of so many short ones."""
    application = await open_application(folder)
    try:
        long = await new_session(application)
        for _ in range(INTERACTIONS):
            await step(application, long, new_result())
        for _ in range(SESSIONS):
            stepping = await new_session(application)
            await step(application, stepping, new_result())
        return long, stepping
    finally:
        await application.close()
