"""What an editor's language client sees of a workflow file, by the shared daemon and by a server of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pytest_lsp import LanguageClient

from tests.daemon_fixtures import DaemonProcess
from tests.factories import asynchronous
from tests.lsp_editors import ANSWER_SECONDS, Place, ask, editor, leave, refusal
from tests.sessions_on_the_wire import SETTINGS
from tests.workflow_documents import FIX, OpenDocument, cut, workflow_path


@pytest.fixture
def place(shared_daemon: DaemonProcess, tmp_path: Path) -> Place:
    return Place(shared_daemon.data_dir, tmp_path, "connect")


@asynccontextmanager
async def open_document(place: Place, **options: Any) -> AsyncIterator[OpenDocument]:
    encodings = options.get("encodings") or ["utf-16"]
    async with editor(place, **options) as client:
        yield OpenDocument(client, workflow_path(place).as_uri(), encodings[0])


async def open_project(client: LanguageClient, place: Place, settings: str = SETTINGS) -> int:
    (place.project / ".treadle").mkdir(exist_ok=True)
    (place.project / ".treadle" / "project.yaml").write_text(settings)
    facts = {"root": str(place.project), "facts": {}}
    shown = await ask(client, "project/open", facts)
    opened = await ask(client, "project/open", {**facts, "trustedHash": shown.contentHash})
    project_id: int = opened.project.id
    return project_id


def test_diagnostics_while_typing(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place) as document:
            assert not await document.show(FIX)
            (told,) = await document.show(FIX.replace("error: fix", "error: fxi"))
            assert cut(document.text, told.range) == "fxi"
            assert (told.severity, told.source, told.code) == (
                types.DiagnosticSeverity.Error,
                "treadle",
                "unknown_step",
            )
            assert "fix" in told.message
            (broken,) = await document.show(FIX.replace("{ok: test}", "{ok: test"))
            assert broken.range.start.line == FIX[: FIX.index("{ok: test}")].count("\n")
            assert not await document.show(FIX)
            await document.show(FIX.replace("error: fix", "error: fxi"))
            assert not await document.close()

    test()


def test_completion_of_keys_targets_variables_and_steps(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place) as document:
            assert list(await document.complete("‸")) == list(await document.complete("na‸"))
            keys = await document.complete(FIX.replace("max_attempts: 5", "max‸"))
            assert "max_attempts" in keys
            assert "run" not in keys, "it stands there already"
            written = document.with_edit(keys["max_attempts"])
            assert "\n    max_attempts: \n" in written
            targets = await document.complete(FIX.replace("error: fix", "error: f‸xi"))
            assert list(targets) == ["test", "fix", "finish", "fail"]
            assert document.with_edit(targets["fix"]) == FIX
            variables = await document.complete(FIX.replace("results.test.stdout", "results.test.‸"))
            assert "stdout" in variables
            assert document.with_edit(variables["stdout"]) == FIX
            steps = await document.complete(FIX + "  ‸")
            assert steps["agent step"].insert_text_format == types.InsertTextFormat.Snippet

    test()


def test_completion_of_a_client_without_snippets(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place, name="emacs") as document:
            if document.client.capabilities.text_document.completion.completion_item.snippet_support:  # type: ignore[union-attr]
                pytest.fail("this client was meant to be one without")
            assert await document.complete(FIX + "  ‸") == {}
            kinds = await document.complete(FIX + "  more:\n    ‸")
            assert document.with_edit(kinds["run"]).endswith("    run: ")

    test()


async def opened_anew(document: OpenDocument, place: Place) -> Sequence[types.Diagnostic]:
    told, _ = await asyncio.gather(document.diagnostics(), open_project(document.client, place))
    return told


def test_types_and_components_are_those_of_the_project(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place) as document:
            spawning = FIX + "  more:\n    spawn: component_test\n    components: [Calculater]\n"
            for told in (await document.show(spawning), await opened_anew(document, place)):
                (unknown,) = [each for each in told if each.code == "unknown_component"]
                assert cut(document.text, unknown.range) == "Calculater"
            assert "Calculator" in unknown.message
            components = await document.complete(spawning.replace("Calculater", "‸"))
            assert "Calculator" in components
            kinds = await document.complete(spawning.replace("component_test", "comp‸"))
            assert {"component_test", "task"} <= set(kinds)

    test()


def test_hover_tells_of_keys_steps_and_variables(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place) as document:
            document.write(FIX)
            for words, skip, said in (
                ("max_attempts", 3, "How often"),
                ("  fix:", 3, "agent step"),
                ("error: fix", 8, "agent step"),
                ("finish", 0, "done"),
                ("parameters.test", 12, "Which test"),
                ("test.stdout", 6, "standard output"),
            ):
                params = types.HoverParams(document.identifier, document.at(words, skip))
                hover = await ask(document.client, types.TEXT_DOCUMENT_HOVER, params)
                assert said in hover.contents.value, words
            stdout = types.HoverParams(document.identifier, document.at("test.stdout", 6))
            hover = await ask(document.client, types.TEXT_DOCUMENT_HOVER, stdout)
            assert cut(document.text, hover.range) == "stdout"

    test()


def test_definition_references_and_highlights_of_a_step(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place) as document:
            document.write(FIX)
            at = document.at("results.test", len("results."))
            params = types.DefinitionParams(document.identifier, at)
            (definition,) = await ask(document.client, types.TEXT_DOCUMENT_DEFINITION, params)
            assert definition.range.start == document.at("  test:\n", 2)
            context = types.ReferenceContext(include_declaration=True)
            everywhere = types.ReferenceParams(context, document.identifier, at)
            found = await ask(document.client, types.TEXT_DOCUMENT_REFERENCES, everywhere)
            places = [document.at("  test:\n", 2), at, document.at("{ok: test}", 5)]
            assert [each.range.start for each in found] == places
            uses = types.ReferenceParams(types.ReferenceContext(include_declaration=False), document.identifier, at)
            found = await ask(document.client, types.TEXT_DOCUMENT_REFERENCES, uses)
            assert [each.range.start for each in found] == places[1:]
            highlighting = types.DocumentHighlightParams(document.identifier, at)
            shown = await ask(document.client, types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, highlighting)
            assert [each.range.start for each in shown] == places
            assert {cut(document.text, each.range) for each in shown} == {"test"}

    test()


def test_a_step_is_renamed_everywhere(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place) as document:
            document.write(FIX)
            at = document.at("results.test", len("results."))
            prepared = types.PrepareRenameParams(document.identifier, at)
            assert cut(FIX, await ask(document.client, types.TEXT_DOCUMENT_PREPARE_RENAME, prepared)) == "test"
            edit = await ask(
                document.client, types.TEXT_DOCUMENT_RENAME, types.RenameParams(document.identifier, at, "check")
            )
            changed = document.with_edits(edit)
            assert not await document.show(changed)
            assert "{{ results.check.stdout }}" in changed
            assert "parameters.test" in changed, "the parameter of the same name is another thing"
            refused = await refusal(
                document.client,
                types.TEXT_DOCUMENT_RENAME,
                types.RenameParams(document.identifier, document.at("  check:", 3), "fix"),
            )
            assert "already" in refused.message

    test()


def test_document_symbols(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place) as document:
            document.write(FIX)
            params = types.DocumentSymbolParams(document.identifier)
            name, parameters, steps = await ask(document.client, types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, params)
            assert (name.name, name.detail) == ("name", "fix_it")
            assert [child.name for child in parameters.children] == ["test"]
            assert [(child.name, child.detail) for child in steps.children] == [
                ("test", "run, ok → finish, error → fix"),
                ("fix", "agent, ok → test"),
            ]

    test()


@pytest.mark.parametrize(
    ("encoding", "place"), [("utf-8", "serve"), ("utf-16", "connect"), ("utf-32", "serve")], indirect=["place"]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_positions_behind_umlauts_and_emoji(place: Place, encoding: str, line_end: str) -> None:
    @asynchronous
    async def test() -> None:
        text = FIX.replace("Grüße 😀 {{ results.test.stdout }}", "Grüße 😀 {{ results.tset.stdout }}")
        async with open_document(place, encodings=[encoding]) as document:
            (told,) = await document.show(text.replace("\n", line_end))
            assert "tset" in cut(document.text, told.range, encoding)
            completed = await document.complete(text.replace("tset.stdout", "te‸st.stdout").replace("\n", line_end))
            assert document.with_edit(completed["test"]) == FIX.replace("\n", line_end)
            hovering = types.HoverParams(document.identifier, document.at("test.stdout", 6))
            hover = await ask(document.client, types.TEXT_DOCUMENT_HOVER, hovering)
            assert cut(document.text, hover.range, encoding) == "stdout"

    test()


def test_code_lenses_run_it_and_show_its_last_run(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(place) as document:
            client, refreshed = document.client, asyncio.Event()
            client.feature(types.WORKSPACE_CODE_LENS_REFRESH)(lambda *_: refreshed.set())
            workflow_path(place).write_text(FIX)
            project_id = await open_project(client, place)
            document.write(FIX)
            run = await only_lens(document)
            assert run.command == "treadle.runWorkflow"
            assert list(run.arguments or ()) == [{"uri": document.uri, "name": "fix_it"}]
            new = {"type": "fix_it", "projectId": project_id, "options": {"test": "a"}}
            session_id = (await ask(client, "session/create", new)).session.id
            async with asyncio.timeout(ANSWER_SECONDS):
                await refreshed.wait()
            _, last = await lenses(document)
            assert last.command == "treadle.showTimeline"
            assert list(last.arguments or ()) == [session_id]
            assert last.title.startswith(f"Last run: active, session {session_id}, 20")
            refreshed.clear()
            await ask(client, "session/cancel", {"sessionId": session_id})
            async with asyncio.timeout(ANSWER_SECONDS):
                await refreshed.wait()
            assert "cancelled" in (await lenses(document))[1].title
            document.write(FIX.replace("error: fix", "error: fxi"))
            broken, last = await lenses(document)
            assert (broken.title, broken.command) == ("Run: 1 error", ""), "what is broken cannot be run"
            assert last.command == "treadle.showTimeline"

    test()


async def lenses(document: OpenDocument) -> list[types.Command]:
    params = types.CodeLensParams(document.identifier)
    found = [lens.command for lens in await ask(document.client, types.TEXT_DOCUMENT_CODE_LENS, params)]
    return [command for command in found if command is not None]


async def only_lens(document: OpenDocument) -> types.Command:
    (command,) = await lenses(document)
    return command


def test_a_server_of_ones_own_answers_them_all(data_dir: Path, tmp_path: Path) -> None:
    @asynchronous
    async def test() -> None:
        async with open_document(Place(data_dir, tmp_path, "serve")) as document:
            (told,) = await document.show(FIX.replace("error: fix", "error: fxi"))
            assert told.code == "unknown_step"
            assert "fix" in await document.complete(FIX.replace("error: fix", "error: ‸"))
            document.write(FIX)
            at = document.at("error: fix", 8)
            context = types.ReferenceContext(include_declaration=True)
            for method, params in (
                (types.TEXT_DOCUMENT_HOVER, types.HoverParams(document.identifier, at)),
                (types.TEXT_DOCUMENT_DEFINITION, types.DefinitionParams(document.identifier, at)),
                (types.TEXT_DOCUMENT_REFERENCES, types.ReferenceParams(context, document.identifier, at)),
                (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, types.DocumentHighlightParams(document.identifier, at)),
                (types.TEXT_DOCUMENT_PREPARE_RENAME, types.PrepareRenameParams(document.identifier, at)),
                (types.TEXT_DOCUMENT_RENAME, types.RenameParams(document.identifier, at, "mend")),
                (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, types.DocumentSymbolParams(document.identifier)),
                (types.TEXT_DOCUMENT_CODE_LENS, types.CodeLensParams(document.identifier)),
            ):
                assert await ask(document.client, method, params), method
            assert await leave(document.client) == 0

    test()


def test_other_documents_are_not_looked_at(place: Place) -> None:
    @asynchronous
    async def test() -> None:
        async with editor(place) as client:
            for uri in ("file:///a.yaml", "untitled:1", workflow_path(place, "deep/x.yaml").as_uri()):
                document = OpenDocument(client, uri)
                document.write("[")
                params = types.HoverParams(document.identifier, types.Position(0, 0))
                assert await ask(client, types.TEXT_DOCUMENT_HOVER, params) is None
                symbols = types.DocumentSymbolParams(document.identifier)
                assert await ask(client, types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, symbols) is None
            assert client.diagnostics == {}

    test()
