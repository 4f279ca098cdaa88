"""What a client can take, by what it said at `initialize`."""

from dataclasses import dataclass

from lsprotocol import types

from treadle.rpc.positions import Encoding


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageClient:
    encoding: Encoding
    has_snippets: bool
    """Completions may have places to fill in."""
    adjusts_indentation: bool
    """Of the lines of a completion, when it is told to."""
    has_symbol_trees: bool
    has_markdown: bool
    """In hovers."""
    refreshes_lenses: bool
    """It asks for the code lenses again when it is told to."""

    @classmethod
    def of(cls, capabilities: types.ClientCapabilities, encoding: Encoding) -> "LanguageClient":
        formats = _at(capabilities, "text_document.hover.content_format")
        modes = _at(capabilities, "text_document.completion.completion_item.insert_text_mode_support.value_set")
        return cls(
            encoding=encoding,
            has_snippets=_at(capabilities, "text_document.completion.completion_item.snippet_support") is True,
            adjusts_indentation=isinstance(modes, list | tuple) and types.InsertTextMode.AdjustIndentation in modes,
            has_symbol_trees=_at(capabilities, "text_document.document_symbol.hierarchical_document_symbol_support")
            is True,
            has_markdown=isinstance(formats, list | tuple) and types.MarkupKind.Markdown in formats,
            refreshes_lenses=_at(capabilities, "workspace.code_lens.refresh_support") is True,
        )


def _at(capabilities: types.ClientCapabilities, path: str) -> object:
    value: object = capabilities
    for name in path.split("."):
        value = getattr(value, name, None)
    return value
