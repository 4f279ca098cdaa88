"""Documents as no editor sends them, and many of them: each has its answer, and everybody else is served."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bystander import LogTail
from tests.daemon_fixtures import DaemonProcess
from tests.wire_client import WireClient
from tests.workflow_documents import FIX, QUESTIONS
from treadle.rpc.language.documents import MAX_DOCUMENTS
from treadle.workflows.definition.file_rules import MAX_BYTES

OPEN, CHANGE, CLOSE = "textDocument/didOpen", "textDocument/didChange", "textDocument/didClose"
FAR = {"line": 2**31 - 1, "character": 2**31 - 1}


class Writer:
    """A client that has workflow files open."""

    def __init__(self, client: WireClient, root: Path) -> None:
        self.client = client
        self.folder = root / ".treadle" / "workflows"

    def uri(self, name: str = "a") -> str:
        return (self.folder / f"{name}.yaml").as_uri()

    def tell(self, method: str, **params: object) -> None:
        self.client.send({"jsonrpc": "2.0", "method": method, "params": params})

    def open(self, text: str, *, name: str = "a", version: int = 1) -> None:
        document = {"uri": self.uri(name), "languageId": "yaml", "version": version, "text": text}
        self.tell(OPEN, textDocument=document)

    def change(self, *changes: object, name: str = "a", version: int = 2) -> None:
        self.tell(CHANGE, textDocument={"uri": self.uri(name), "version": version}, contentChanges=list(changes))

    def ask(self, method: str, *, name: str = "a", **params: object) -> Any:
        return self.client.call(method, {"textDocument": {"uri": self.uri(name)}, **QUESTIONS[method], **params})

    def published(self, name: str | None = None) -> tuple[int | None, list[str]]:
        """The next version, of this file if one is named, and the codes of what is wrong with it."""
        while True:
            notice = self.client.notice()
            told = notice["params"]
            is_published = notice["method"] == "textDocument/publishDiagnostics"
            if is_published and (name is None or told["uri"] == self.uri(name)):
                return told.get("version"), [each["code"] for each in told["diagnostics"]]


@pytest.fixture
def writer(shared_daemon: DaemonProcess, tmp_path: Path) -> Iterator[Writer]:
    with shared_daemon.client() as client:
        yield Writer(client, tmp_path)


def test_nothing_is_known_of_what_is_not_open(writer: Writer) -> None:
    writer.change({"text": FIX})
    writer.tell(CLOSE, textDocument={"uri": writer.uri()})
    assert writer.published() == (None, [])
    for method in QUESTIONS:
        assert writer.ask(method) is None, method
    writer.open(FIX)
    assert writer.published() == (1, [])
    writer.tell(CLOSE, textDocument={"uri": writer.uri()})
    assert writer.published() == (None, [])
    for method in QUESTIONS:
        assert writer.ask(method) is None, method


def test_wrong_versions_and_no_changes(writer: Writer) -> None:
    writer.open("[", version=5)
    assert writer.published() == (5, ["yaml"])
    writer.change(version=6)
    writer.change({"text": FIX}, version=-1)
    assert writer.published() == (-1, [])
    writer.change({"text": "["}, {"text": FIX}, version=0)
    assert writer.published() == (0, [])
    writer.open("[", version=1)
    assert writer.published() == (1, ["yaml"])


def test_a_part_of_a_text_is_not_taken_for_the_whole(writer: Writer) -> None:
    """The server has said that it takes whole texts."""
    writer.open(FIX)
    assert writer.published() == (1, [])
    begin = {"line": 0, "character": 0}
    writer.change({"range": {"start": begin, "end": begin}, "text": "x"})
    assert writer.ask("textDocument/documentSymbol")[0]["name"] == "name"


@pytest.mark.parametrize("method", [name for name, params in QUESTIONS.items() if "position" in params])
def test_positions_that_are_not_there(writer: Writer, method: str) -> None:
    writer.open(FIX)
    for place in (FAR, {"line": 0, "character": 2**31 - 1}, {"line": 999, "character": 0}):
        answer = writer.client.request(
            method, {"textDocument": {"uri": writer.uri()}, **QUESTIONS[method], "position": place}
        )
        assert answer.get("error", {}).get("data", {}).get("code") in (None, "invalid_params")


def test_a_large_file_is_told_and_a_smaller_one_is_looked_at_again(writer: Writer) -> None:
    writer.open("#" * (MAX_BYTES + 1))
    assert writer.published() == (1, ["too_large"])
    assert writer.ask("textDocument/completion") is None
    writer.change({"text": FIX})
    assert writer.published() == (2, [])


def test_so_many_files_and_no_more(writer: Writer) -> None:
    for number in range(MAX_DOCUMENTS):
        writer.open(FIX, name=f"f{number}")
        assert writer.published() == (1, [])
    writer.open(FIX, name="more")
    assert writer.published() == (1, ["too_many_open"])
    assert writer.ask("textDocument/hover", name="more") is None
    writer.tell(CLOSE, textDocument={"uri": writer.uri("f0")})
    assert writer.published() == (None, [])
    writer.open(FIX, name="more")
    assert writer.published() == (1, [])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "\ufeff" + FIX,
        "\x1b[0m",
        "[" * 100_000,
        "- " * 50_000,
        "a: &a [*a]",
        "{{" * 60_000,
        "'" + "\n" * 9_000,
    ],
)
def test_texts_that_are_no_workflows(writer: Writer, text: str) -> None:
    writer.open(text)
    version, _ = writer.published()
    assert version == 1
    for method, params in QUESTIONS.items():
        answer = writer.client.request(method, {"textDocument": {"uri": writer.uri()}, **params})
        assert answer.get("error", {}).get("data", {}).get("code") in (None, "invalid_params"), method


def test_the_files_beside_it_count_as_they_are_now(writer: Writer) -> None:
    """In the editor where they are open, else on the disk; nobody has opened or trusted a project there."""
    spawning, spawned = "name: a\nsteps: {go: {spawn: b}}\n", "name: b\nsteps: {say: {run: [echo]}}\n"
    writer.folder.mkdir(parents=True)
    writer.open(spawning)
    assert writer.published() == (1, ["unknown_type"])
    (writer.folder / "b.yaml").write_text(spawned)
    writer.change({"text": spawning}, version=2)
    assert writer.published() == (2, [])
    (writer.folder / "b.yaml").rename(writer.folder / "c.yaml")
    writer.open(spawned, name="c", version=3)
    assert writer.published("c") == (3, [])
    assert writer.published("a") == (2, [])
    assert writer.ask("textDocument/codeLens", name="c")[0]["command"]["title"] == "▷ Run"
    writer.change({"text": spawned.replace("name: b", "name: c")}, name="c", version=4)
    assert writer.published("c") == (4, [])
    assert writer.published("a") == (2, ["unknown_type"])
    (writer.folder / "c.yaml").unlink()
    writer.folder.rename(writer.folder.with_name("elsewhere"))
    writer.folder.symlink_to("elsewhere")
    writer.change({"text": spawning}, version=6)
    assert writer.published() == (6, ["unknown_type"])
    (writer.folder.parent / "project.yaml").symlink_to("elsewhere")
    writer.change({"text": spawning}, version=7)
    assert writer.published() == (7, []), "what cannot be read cannot be missed"


def test_who_leaves_takes_its_documents_along(shared_daemon: DaemonProcess, writer: Writer, tmp_path: Path) -> None:
    with shared_daemon.client() as leaving:
        Writer(leaving, tmp_path).open("[")
    writer.open(FIX)
    assert writer.published() == (1, [])
    with shared_daemon.client() as another:
        assert Writer(another, tmp_path).ask("textDocument/hover") is None


def test_two_windows_may_write_different_things(shared_daemon: DaemonProcess, writer: Writer, tmp_path: Path) -> None:
    with shared_daemon.client() as client:
        other = Writer(client, tmp_path)
        writer.open(FIX)
        other.open("[")
        assert writer.published() == (1, [])
        assert other.published() == (1, ["yaml"])
        assert writer.ask("textDocument/codeLens") != other.ask("textDocument/codeLens")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**31) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=4,
)
CUTS = st.tuples(st.integers(0, len(FIX)), st.text(max_size=4), st.integers(0, 30))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(CUTS, max_size=4), line=st.integers(0, 20), character=st.integers(0, 60))
def test_damaged_files_get_answers(writer: Writer, cuts: list[Any], line: int, character: int) -> None:
    text = FIX
    for at, put, gone in cuts:
        text = text[:at] + put + text[at + gone :]
    writer.open(text.encode(errors="replace").decode())
    for method, params in QUESTIONS.items():
        changed = {**params, "position": {"line": line, "character": character}} if "position" in params else params
        answer = writer.client.request(method, {"textDocument": {"uri": writer.uri()}, **changed})
        assert answer.get("error", {}).get("data", {}).get("code") in (None, "invalid_params"), method


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(method=st.sampled_from([OPEN, CHANGE, CLOSE, *QUESTIONS]), params=JSON)
def test_parameters_of_any_kind(shared_daemon: DaemonProcess, method: str, params: object) -> None:
    with shared_daemon.client() as client:
        client.send({"jsonrpc": "2.0", "method": method, "params": params})
        answer = client.request(method, params)
        assert "error" in answer
        assert answer["error"]["data"]["code"] != "internal_error"
        assert client.call("daemon/status")["pid"] == shared_daemon.pid


def test_a_thousand_messages_of_one_seed(shared_daemon: DaemonProcess, writer: Writer) -> None:
    """What is right, with something that is not: the writer is answered, and the log stays short."""
    chance = random.Random(20_261_126)  # noqa: S311 - the same messages every time
    log = LogTail(shared_daemon)
    for number in range(1_000):
        kind = chance.choice((OPEN, CHANGE, CHANGE, CHANGE, CLOSE))
        name, version = chance.choice("abc"), chance.randint(-2, number)
        text = FIX[: chance.randint(0, len(FIX))] + chance.choice(("", "{", "\t", "é😀", "- x"))
        if kind == OPEN:
            writer.open(text, name=name, version=version)
        elif kind == CHANGE:
            writer.change({"text": text}, name=name, version=version)
        else:
            writer.tell(CLOSE, textDocument={"uri": writer.uri(name)})
    writer.open(FIX, name="last", version=7)
    assert writer.ask("textDocument/documentSymbol", name="last")[0]["name"] == "name"
    assert "Traceback" not in log.text()
