"""A session that somebody deletes while it is run: the run ends with a sentence, wherever it hears of it."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import RefusalError, ScriptedPeer
from tests.unit.runner.benches import Kept, Notes
from treadle.client.connection import Connection
from treadle.client.errors import ExitCode
from treadle.client.locations import Locations
from treadle.domain.command import SHELL_ARGV
from treadle.runner import claim
from treadle.runner.loop import Runner
from treadle.runner.process_table import start_token
from treadle.runner.stop import Stop
from treadle.runner.workbench import SessionDeletedError

WRITES_FOR_EVER = ["/bin/sh", "-c", "echo $$ > new; mv new pid; while :; do echo line; sleep 0.01; done"]
SAYS_NOTHING = ["/bin/sh", "-c", "echo $$ > new; mv new pid; exec sleep 600"]


class Daemon:
    """Has the session until a method is asked for that is refused from then on, and with it all others."""

    def __init__(self) -> None:
        self.command: dict[str, Any] = {"command": "noop", "metadata": {}}
        self.deleted_at = ""
        self.may_delete: Callable[[], bool] = lambda: True
        self.is_deleted = False
        self.asked: list[str] = []

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        self.asked.append(method)
        if method == "session/getEvents":
            return {"data": []}
        self.is_deleted = self.is_deleted or (method == self.deleted_at and self.may_delete())
        if self.is_deleted:
            raise RefusalError("session_not_found", "There is no session 7.", sessionId=7)
        interaction = {"id": "i", "step": "step", "position": 1, "attempt": 1, "command": self.command}
        return {"session": {"id": 7}, "interaction": interaction, "count": len(params.get("events", []))}


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def connection(tmp_path: Path, daemon: Daemon) -> Iterator[Connection]:
    with (
        ScriptedPeer(tmp_path / "s", daemon.answer) as peer,
        Connection(peer.connect, client_name="test", timeout=5) as connection,
    ):
        yield connection


def run(connection: Connection, folder: Path, kept: Kept) -> None:
    locations = Locations.find(folder / "data")
    Runner(
        connection,
        session_id=7,
        project_root=folder,
        locations=locations,
        progress=Notes(kept),
        stop=Stop(),
        consent=False,
    ).run()


@pytest.mark.parametrize("method", ["session/nextCommand", "interaction/claim", "session/handleResult"])
def test_the_run_says_that_the_session_was_deleted(
    connection: Connection, daemon: Daemon, tmp_path: Path, method: str
) -> None:
    daemon.deleted_at, kept = method, Kept()
    with pytest.raises(SessionDeletedError) as caught:
        run(connection, tmp_path, kept)
    assert caught.value.message == "Session 7 was deleted; this run of it has ended."
    assert caught.value.exit_code == ExitCode.SESSION_FAILED
    assert kept.notes == []


@pytest.mark.parametrize(
    ("method", "argv"), [("session/handleEvents", WRITES_FOR_EVER), ("interaction/heartbeat", SAYS_NOTHING)]
)
def test_what_the_step_had_started_is_ended(
    connection: Connection,
    daemon: Daemon,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    argv: list[str],
) -> None:
    monkeypatch.setattr(claim, "kept_alive", partial(claim.kept_alive, seconds=0.2))
    daemon.command = {"command": SHELL_ARGV, "metadata": {"argv": argv}}
    daemon.deleted_at, kept = method, Kept()
    daemon.may_delete = (tmp_path / "pid").exists
    with pytest.raises(SessionDeletedError):
        run(connection, tmp_path, kept)
    assert start_token(int((tmp_path / "pid").read_text())) is None
    assert list((tmp_path / "data").glob("runs/*")) == []
    assert "session/handleResult" not in daemon.asked
    assert not [note for note in kept.notes if "lost" in note], "of what is deleted nothing is missed"
