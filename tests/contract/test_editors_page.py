"""docs/editors.md says what is. Its examples are run in the editors themselves by `python -m tools.try_editors`."""

import json
import re
import tomllib
from pathlib import Path

import pytest

import treadle
from tests.workflow_documents import QUESTIONS
from tools.try_editors import DOCUMENT, examples
from treadle.cli.commands import COMMANDS
from treadle.domain.event import MAX_BATCH_BYTES, MAX_BATCH_EVENTS, MAX_DATA_BYTES
from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.framing import MAX_REQUEST_BYTES
from treadle.protocol.methods import METHODS, NOTICES
from treadle.protocol.value_count import MAX_VALUES
from treadle.rpc.inbox import HALF_FRAME_SECONDS
from treadle.rpc.language.documents import MAX_DOCUMENTS, workflow_file
from treadle.rpc.outbox import MAX_QUEUED_BYTES
from treadle.service.event_checks import MAX_DEPTH
from treadle.workflows.definition.file_rules import MAX_BYTES

MEBIBYTE = 1024 * 1024
TEXT = DOCUMENT.read_text(encoding="utf-8")
LANGUAGE_SERVERS = {"window/logMessage"}


def test_the_examples_name_methods_and_notices_that_there_are() -> None:
    known = {method.name for method in METHODS} | {notice.name for notice in NOTICES} | LANGUAGE_SERVERS
    named = {
        name
        for language in ("lua", "elisp")
        for text in examples(language)
        for name in re.findall(r"(?<![.\w])[a-z]\w+/[a-z]\w+", text)
    }
    assert named
    assert named <= known


def test_it_tells_all_that_may_be_asked_of_a_workflow_file() -> None:
    table = TEXT[TEXT.index("## Workflow files") : TEXT.index("A document is sent whole")]
    told = set(re.findall(r"`(textDocument/\w+)`", table))
    assert told == {*QUESTIONS, "textDocument/publishDiagnostics"}


def test_its_settings_for_workflow_files_start_what_there_is() -> None:
    helix = tomllib.loads(examples("toml")[0])
    sublime = json.loads(examples("json")[0])["clients"]["treadle"]
    server = helix["language-server"]["treadle"]
    assert [server["command"], *server["args"]] == sublime["command"] == ["treadle", "connect"]
    assert {"connect", "run", "show"} <= {command.name for command in COMMANDS}
    assert all('"treadle" "connect"' in text.replace(",", "") for text in (*examples("lua"), *examples("elisp")))
    for glob in helix["language"][0]["file-types"]:
        path = Path("/project") / glob["glob"].replace("*", "fix_it")
        assert workflow_file(path.as_uri()) is not None


@pytest.mark.parametrize(
    "figure",
    [
        f"more than {MAX_REQUEST_BYTES // MEBIBYTE} MiB",
        f"nothing for {HALF_FRAME_SECONDS:g} s",
        f"more than {MAX_VALUES:,} values",
        f"deeper than {MAX_DEPTH} levels",
        f"over {MAX_DATA_BYTES // MEBIBYTE} MiB",
        f"over {MAX_BATCH_BYTES // MEBIBYTE} MiB or {MAX_BATCH_EVENTS:,} events",
        f"Up to {MAX_DOCUMENTS} such files",
        f"of up to {MAX_BYTES // 1024} KiB",
        f"with {MAX_QUEUED_BYTES // MEBIBYTE} MiB of unread answers",
    ],
)
def test_its_limits_are_those_of_the_daemon(figure: str) -> None:
    assert figure in TEXT


def test_its_error_codes_are_those_of_the_daemon() -> None:
    table = TEXT[TEXT.index("| what comes |") : TEXT.index("## Tried")]
    codes = set(re.findall(r"`([a-z]+_[a-z_]+)`", table))
    assert codes
    assert codes <= NUMBERS.keys()


def test_the_files_that_it_names_are_there() -> None:
    root = Path(treadle.__file__).parents[2]
    for name in ("docs/protocol.md", "client-vscode/src/daemon", "client-vscode/test/wire"):
        assert (root / name).exists()
        assert Path(name).name in TEXT
