import pytest
from lsprotocol import types
from pytest_lsp import client_capabilities

from treadle.rpc.language.client import LanguageClient


def test_who_says_nothing_can_do_little() -> None:
    client = LanguageClient.of(types.ClientCapabilities(), "utf-16")
    assert client == LanguageClient(
        encoding="utf-16",
        has_snippets=False,
        adjusts_indentation=False,
        has_symbol_trees=False,
        has_markdown=False,
        refreshes_lenses=False,
    )


@pytest.mark.parametrize(
    ("name", "snippets", "refreshes"), [("visual-studio-code", True, True), ("emacs", False, False)]
)
def test_what_editors_can(name: str, snippets: bool, refreshes: bool) -> None:
    client = LanguageClient.of(client_capabilities(name), "utf-8")
    assert (client.has_snippets, client.refreshes_lenses) == (snippets, refreshes)
    assert client.has_symbol_trees
    assert client.has_markdown
