"""What the run tells a real daemon of a terminal, whatever stands in the transcript."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import pytest

from tests.daemon_fixtures import BOUND_SECONDS, DaemonProcess
from tests.integration.test_rpc_claims import pending_of
from tests.wire_client import WireClient
from treadle.client.connection import Connection
from treadle.client.locations import Locations
from treadle.protocol.value_count import MAX_VALUES
from treadle.runner.terminal_reporter import TerminalReporter
from treadle.runner.terminal_sources import Outputs, Transcript

CONVERSATION = str(uuid.UUID(int=1))


@pytest.fixture
def client(shared_daemon: DaemonProcess) -> Iterator[WireClient]:
    with shared_daemon.client() as client:
        yield client


def line(words: str, **more: object) -> str:
    message = {"role": "user", "content": words}
    about = {"type": "user", "sessionId": CONVERSATION, "promptId": words, "uuid": words}
    return json.dumps({**about, "message": message, **more}) + "\n"


def sent(client: WireClient, session_id: int) -> list[str]:
    params = {"sessionId": session_id, "eventTypes": ["conversation_message_sent"], "limit": 200}
    return [event["data"]["text"] for event in client.call("session/getEvents", params)["data"]]


def test_a_line_that_the_daemon_does_not_take_takes_no_other_with_it(
    shared_daemon: DaemonProcess, client: WireClient, tmp_path: Path
) -> None:
    step: dict[str, Any] = pending_of(client, tmp_path)
    opened = client.call("terminal/open", {**step, "uid": "t", "conversationId": CONVERSATION, "root": "/r"})
    transcript = Transcript(tmp_path, CONVERSATION)
    path = tmp_path / "projects" / "-r" / f"{CONVERSATION}.jsonl"
    path.parent.mkdir(parents=True)
    before, after = [f"b{number}" for number in range(20)], [f"a{number}" for number in range(20)]
    refused = line("too much", toolUseResult=[0] * (MAX_VALUES + 1))
    path.write_text("".join([*map(line, before), refused, *map(line, after)]))
    connection = Connection.to_daemon(Locations(shared_daemon.data_dir), client_name="test")
    reporter = TerminalReporter(
        connection,
        session_id=step["sessionId"],
        terminal_id=opened["terminalId"],
        conversation_id=CONVERSATION,
        transcript=transcript,
        outputs=Outputs({"CLAUDE_CODE_TMPDIR": str(tmp_path)}),
    )
    try:
        deadline = monotonic() + BOUND_SECONDS
        while len(sent(client, step["sessionId"])) < 40 and monotonic() < deadline:
            Event().wait(0.05)
    finally:
        reporter.close()
        client.call("terminal/close", {"sessionId": step["sessionId"], "terminalId": opened["terminalId"]})
    assert sorted(sent(client, step["sessionId"])) == sorted([*before, *after])
