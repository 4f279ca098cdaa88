"""Uploads against a daemon that does not take them at once."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.client.scripted_peer import RefusalError, ScriptedPeer
from treadle.agents.event_draft import draft
from treadle.client.connection import Connection
from treadle.domain.event import EventType
from treadle.runner import outputs, patience
from treadle.runner.capture import Capture
from treadle.runner.outputs import upload, with_outputs
from treadle.runner.stop import Stop


class Daemon:
    """Takes an upload piece by piece, after it has refused as often as it should."""

    def __init__(self) -> None:
        self.uploads: dict[str, bytes] = {}
        self.refusals: list[tuple[int, str]] = []
        """At which offset, with which code; each once."""

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        for refusal in self.refusals:
            if refusal[0] == params["offset"]:
                self.refusals.remove(refusal)
                raise RefusalError(refusal[1], f"It is {refusal[1]}.")
        before = self.uploads.get(params["uploadId"], b"")
        assert len(before) == params["offset"]
        self.uploads[params["uploadId"]] = before + base64.b64decode(params["data"])
        return {"outputId": "output" if params["last"] else None}


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Daemon:
    monkeypatch.setattr(outputs, "PIECE_BYTES", 2)
    monkeypatch.setattr(patience, "RETRY_SECONDS", 0.01)
    return Daemon()


@pytest.fixture
def connection(tmp_path: Path, daemon: Daemon) -> Iterator[Connection]:
    with (
        ScriptedPeer(tmp_path / "s", daemon.answer) as peer,
        Connection(peer.connect, client_name="test", timeout=5) as connection,
    ):
        yield connection


@pytest.fixture
def capture() -> Iterator[Capture]:
    capture = Capture()
    capture.write(b"12345")
    yield capture
    capture.close()


def test_a_conflict_begins_anew(connection: Connection, daemon: Daemon, capture: Capture) -> None:
    daemon.refusals = [(2, "upload_conflict")]
    assert upload(connection, 7, capture, stop=Stop()).as_data() == {"id": "output", "size": 5}
    assert list(daemon.uploads.values()) == [b"12", b"12345"]


def test_a_lasting_conflict_is_told(connection: Connection, daemon: Daemon, capture: Capture) -> None:
    daemon.refusals = [(0, "upload_conflict"), (2, "upload_conflict")]
    told = upload(connection, 7, capture, stop=Stop()).as_data()
    assert told == {"size": 5, "lost": True, "reason": "It is upload_conflict."}


def test_a_disk_that_was_full_for_a_moment_costs_nothing(
    connection: Connection, daemon: Daemon, capture: Capture
) -> None:
    daemon.refusals = [(4, "storage_unavailable"), (4, "storage_unavailable")]
    assert upload(connection, 7, capture, stop=Stop()).id == "output"
    assert list(daemon.uploads.values()) == [b"12345"]


def test_an_event_names_the_whole_of_what_is_shortened_in_it(
    connection: Connection, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outputs, "PIECE_BYTES", 100_000)
    event = draft(EventType.TOOL_RESULT, content="ä" + "z" * 70_000)
    sent = with_outputs(connection, 7, event, stop=Stop())
    assert sent.data["outputs"] == {"content": {"id": "output", "size": 70_002}}
    assert "characters left out" in str(sent.data["content"])
    assert b"".join(daemon.uploads.values()).decode() == "ä" + "z" * 70_000


def test_an_event_does_not_wait_for_what_the_daemon_does_not_take(connection: Connection, daemon: Daemon) -> None:
    daemon.refusals = [(0, "storage_unavailable")] * 2
    sent = with_outputs(connection, 7, draft(EventType.TOOL_RESULT, content="x" * 70_000), stop=Stop())
    lost = {"size": 70_000, "lost": True, "reason": "It is storage_unavailable."}
    assert sent.data["outputs"] == {"content": lost}


def test_a_short_event_is_sent_as_it_is(connection: Connection) -> None:
    event = draft(EventType.TOOL_RESULT, content="x")
    assert with_outputs(connection, 7, event, stop=Stop()) is event
