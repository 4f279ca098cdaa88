"""A workflow file while it is written, as an editor feels it: completion, and a keystroke's way through the socket."""

import itertools
import json
import shutil
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

from bench.measuring import Case, Measurement, Sample, compared, each
from bench.raw_client import RawClient
from bench.workflow_files import (
    GOAL,
    KEYSTROKES_IN_ROUND,
    LINES,
    SECTION,
    SURROUNDINGS,
    VERSUS,
    keystrokes,
    parsed,
    text,
)
from tests.daemon_fixtures import DaemonProcess, new_data_dir
from tests.wire_client import initialize_params
from treadle.protocol.framing import frame
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.completion import complete

URI = "file:///bench/.treadle/workflows/large.yaml"
PLACES = ("error: fix_30}", "{{ results.test_30.", "    max_turns")
"""Of a target, a variable and a key: behind the first letters of each."""


def measure(*, rounds: int) -> list[Measurement]:
    whole = text()
    typed = keystrokes(whole)
    with _daemon() as client:
        writer = _Writer(client, whole)
        cases = [
            Case(
                operation=f"{LINES:,} lines, from a change to its diagnostics, over a socket",
                sample=lambda: each(lambda: writer.write(next(typed)), KEYSTROKES_IN_ROUND),
                limit=parsed(typed),
                goal=GOAL,
            ),
            Case(operation=f"{LINES:,} lines, completion", sample=_completion(whole), limit=parsed(typed), goal=GOAL),
        ]
        return compared(SECTION, VERSUS, cases, rounds=rounds)


def _completion(whole: str) -> Sample:
    analysis = analyse(whole, SURROUNDINGS)
    offsets = itertools.cycle([whole.index(words) + len(words) - 1 for words in PLACES])

    def sample() -> float:
        return each(lambda: complete(analysis, next(offsets), whole=analysis), KEYSTROKES_IN_ROUND)

    return sample


@contextmanager
def _daemon() -> Iterator[RawClient]:
    folder = new_data_dir()
    daemon = DaemonProcess(folder)
    try:
        daemon.start()
        with closing(RawClient(daemon.socket)) as client:
            said = {"treadle": {"protocolVersion": 1, "clientId": str(uuid.uuid4())}}
            client.call("initialize", initialize_params(said))
            yield client
    finally:
        daemon.end()
        shutil.rmtree(folder)


class _Writer:
    def __init__(self, client: RawClient, whole: str) -> None:
        self._client = client
        self._version = 1
        document = {"uri": URI, "languageId": "yaml", "version": 1, "text": whole}
        client.send(_notice("textDocument/didOpen", {"textDocument": document}))
        client.receive()

    def write(self, changed: str) -> None:
        """Until it is known what is wrong with it."""
        self._version += 1
        document = {"uri": URI, "version": self._version}
        self._client.send(
            _notice("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": changed}]})
        )
        told = json.loads(self._client.receive())["params"]
        assert told["version"] == self._version


def _notice(method: str, params: object) -> bytes:
    return frame(json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode())
