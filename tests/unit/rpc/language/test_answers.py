import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from tests.workflow_documents import FIX, position
from treadle.rpc.errors import InvalidParamsError
from treadle.rpc.language.answers import Answers, answers
from treadle.rpc.language.client import LanguageClient
from treadle.rpc.language.documents import Documents
from treadle.service.workflow_files import WorkflowFile
from treadle.service.workflow_types import Outside
from treadle.service.workflows import FolderProject
from treadle.workflows.registry import Registry

NOTHING = types.ClientCapabilities()
EDITOR = client_capabilities("visual-studio-code")


def of(
    text: str,
    capabilities: types.ClientCapabilities = EDITOR,
    before: Answers | None = None,
    outside: Outside | None = None,
) -> Answers:
    document = Documents().open("file:///x/.treadle/workflows/a.yaml", 1, text)
    assert document is not None
    project = FolderProject(id=None, outside=outside or Outside(Registry.of()))
    return answers(document, project, LanguageClient.of(capabilities, "utf-16"), before)


def at(words: str, skip: int = 0, text: str = FIX) -> types.Position:
    return position(text, text.index(words) + skip)


def test_a_hover_is_plain_for_who_knows_no_markdown() -> None:
    place = at("max_attempts")
    hover, plain = of(FIX).hover(place), of(FIX, NOTHING).hover(place)
    assert hover is not None
    assert plain is not None
    assert isinstance(hover.contents, types.MarkupContent)
    assert isinstance(plain.contents, types.MarkupContent)
    assert hover.contents.kind is types.MarkupKind.Markdown
    assert hover.contents.value.startswith("**max_attempts**")
    assert plain.contents.kind is types.MarkupKind.PlainText
    assert plain.contents.value.startswith("max_attempts (whole number)")


def test_symbols_are_flat_for_who_knows_no_trees() -> None:
    assert [each.name for each in of(FIX).symbols()] == ["name", "parameters", "steps"]
    flat = of(FIX, NOTHING).symbols()
    assert [each.name for each in flat] == ["name", "parameters", "test", "steps", "test", "fix"]
    assert all(isinstance(each, types.SymbolInformation) for each in flat)


def test_snippets_are_for_who_knows_them() -> None:
    text = FIX + "  more:\n    "
    place = position(text, len(text))
    for capabilities, form, written in (
        (EDITOR, types.InsertTextFormat.Snippet, 'ask: "$0"'),
        (NOTHING, types.InsertTextFormat.PlainText, "ask: "),
    ):
        items = {item.label: item for item in of(text, capabilities).completion(place).items}
        edit = items["ask"].text_edit
        assert edit is not None
        assert (items["ask"].insert_text_format, edit.new_text) == (form, written)
    whole_steps = position(FIX + "  ", len(FIX) + 2)
    assert of(FIX + "  ").completion(whole_steps).items
    assert not of(FIX + "  ", NOTHING).completion(whole_steps).items


def test_items_stay_in_the_order_of_the_model() -> None:
    items = of("").completion(types.Position(0, 0)).items
    assert [item.label for item in sorted(items, key=lambda item: item.sort_text or "")][:2] == ["name", "title"]


def test_the_last_whole_text_helps_while_one_types() -> None:
    whole = of(FIX)
    text = FIX.replace("error: fix}", "error: ")
    broken = of(text, before=whole)
    assert broken.whole is whole.analysis
    labels = [item.label for item in broken.completion(at("error: ", 7, text)).items]
    assert labels == ["test", "fix", "finish", "fail"]
    assert of(FIX, before=broken).whole.source.text == FIX


def test_the_outline_stays_while_somebody_types() -> None:
    text = FIX.replace("run: [pytest", "run: [")
    broken = of(text.replace("]\n", "\n", 1), before=of(FIX))
    assert not broken.analysis.is_whole
    assert broken.symbols() == of(FIX).symbols()


def test_the_file_of_a_spawned_workflow_is_where_it_is_defined() -> None:
    text = "name: a\nsteps:\n  x: {spawn: other}\n  y: {spawn: task}\n"
    around = Outside(Registry.installed(), (WorkflowFile(".treadle/workflows/ö b.yml", "name: other\n"),))
    found = of(text, outside=around)
    (location,) = found.definition(at("other", 2, text))
    assert location.uri == "file:///x/.treadle/workflows/%C3%B6%20b.yml"
    assert location.range.start == types.Position(0, 0)
    assert found.definition(at("task", 2, text)) == []


def test_snippets_of_several_lines_are_indented_by_the_client() -> None:
    text = FIX + "  more:\n    "
    for capabilities, mode in ((EDITOR, types.InsertTextMode.AdjustIndentation), (NOTHING, None)):
        items = {item.label: item for item in of(text, capabilities).completion(position(text, len(text))).items}
        assert items["agent"].insert_text_mode is mode
        assert items["title" if "title" in items else "read_file"].insert_text_mode is None


def test_a_refused_name_is_said_in_a_sentence() -> None:
    with pytest.raises(InvalidParamsError, match="Mend"):
        of(FIX).rename(at("  fix:", 3), "Mend")


def test_nothing_is_found_beyond_the_text() -> None:
    far = types.Position(999, 999)
    found = of(FIX)
    assert found.hover(far) is None
    assert found.definition(far) == found.highlights(far) == []
    assert found.renamable(far) is None
