"""What an analysis says, in LSP's words. All of this runs in the language thread, and is loaded there."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from lsprotocol import types

from treadle.rpc.errors import InvalidParamsError
from treadle.rpc.language import diagnostics
from treadle.rpc.language.client import LanguageClient
from treadle.rpc.language.documents import Document
from treadle.rpc.positions import Positions
from treadle.service.workflows import FolderProject
from treadle.workflows.definition.analysis import Analysis
from treadle.workflows.definition.completion import Completion, Kind, complete
from treadle.workflows.definition.hover import hover
from treadle.workflows.definition.lenses import Lens, lens
from treadle.workflows.definition.navigation import (
    RenameRefusedError,
    renamable,
    renamed,
    same_names,
    spawned_file,
    without_quotes,
)
from treadle.workflows.definition.references import Reference
from treadle.workflows.definition.symbols import Symbol, symbols
from treadle.workflows.definition.yaml_nodes import at_path, value

_KINDS = {
    Kind.KEY: types.CompletionItemKind.Property,
    Kind.VALUE: types.CompletionItemKind.EnumMember,
    Kind.STEP: types.CompletionItemKind.Function,
    Kind.TYPE: types.CompletionItemKind.Class,
    Kind.COMPONENT: types.CompletionItemKind.Module,
    Kind.VARIABLE: types.CompletionItemKind.Variable,
    Kind.FILTER: types.CompletionItemKind.Operator,
    Kind.TEST: types.CompletionItemKind.Operator,
    Kind.SNIPPET: types.CompletionItemKind.Snippet,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Of one text of a document, for one client."""

    document: Document
    project: FolderProject
    client: LanguageClient
    analysis: Analysis
    whole: Analysis
    """Of the text that could be read last: while somebody types, the newest often cannot."""

    places: Positions
    diagnostics: types.PublishDiagnosticsParams

    @property
    def head(self) -> tuple[object, object]:
        """What the project's other workflows look at."""
        return value(at_path(self.analysis.tree, ("name",))), value(at_path(self.analysis.tree, ("needs_component",)))

    def _offset(self, at: types.Position) -> int:
        return self.places.offset(at)

    def completion(self, at: types.Position) -> types.CompletionList:
        found = complete(self.analysis, self._offset(at), whole=self.whole)
        usable = [each for each in found if each.text or self.client.has_snippets]
        items = [self._item(each, order) for order, each in enumerate(usable)]
        return types.CompletionList(is_incomplete=False, items=items)

    def _item(self, found: Completion, order: int) -> types.CompletionItem:
        snippet = found.snippet if self.client.has_snippets else None
        documentation = None
        if found.documentation is not None:
            documentation = types.MarkupContent(types.MarkupKind.Markdown, found.documentation)
        plain, filled_in = types.InsertTextFormat.PlainText, types.InsertTextFormat.Snippet
        adjusted = types.InsertTextMode.AdjustIndentation if self.client.adjusts_indentation else None
        return types.CompletionItem(
            label=found.label,
            kind=_KINDS[found.kind],
            detail=found.detail,
            documentation=documentation,
            sort_text=f"{order:04}",
            insert_text_format=plain if snippet is None else filled_in,
            insert_text_mode=None if snippet is None else adjusted,
            text_edit=types.TextEdit(self.places.range(found.span), found.text if snippet is None else snippet),
        )

    def hover(self, at: types.Position) -> types.Hover | None:
        found = hover(self.analysis, self._offset(at))
        if found is None:
            return None
        content = types.MarkupContent(types.MarkupKind.PlainText, found.text.replace("**", "").replace("`", ""))
        if self.client.has_markdown:
            content = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(content, self.places.range(found.span))

    def definition(self, at: types.Position) -> list[types.Location]:
        path = spawned_file(self.analysis, self._offset(at))
        if path is not None:
            return [types.Location(self._uri_beside(path), types.Range(types.Position(0, 0), types.Position(0, 0)))]
        return [self._location(name) for name in self._same_names(at) if name.is_definition]

    def _uri_beside(self, path: str) -> str:
        """Of another workflow file of the project: they all lie in one folder."""
        return f"{self.document.uri.rpartition('/')[0]}/{quote(path.rpartition('/')[2])}"

    def references(self, at: types.Position, *, with_declarations: bool) -> list[types.Location]:
        found = self._same_names(at)
        return [self._location(name) for name in found if with_declarations or not name.is_definition]

    def _same_names(self, at: types.Position) -> list[Reference]:
        return same_names(self.analysis, self._offset(at))

    def _range(self, name: Reference) -> types.Range:
        return self.places.range(without_quotes(self.analysis, name.span))

    def _location(self, name: Reference) -> types.Location:
        return types.Location(self.document.uri, self._range(name))

    def highlights(self, at: types.Position) -> list[types.DocumentHighlight]:
        read, write = types.DocumentHighlightKind.Read, types.DocumentHighlightKind.Write
        return [
            types.DocumentHighlight(self._range(name), write if name.is_definition else read)
            for name in self._same_names(at)
        ]

    def renamable(self, at: types.Position) -> types.Range | None:
        """:raises InvalidParamsError: it cannot be renamed now"""
        try:
            found = renamable(self.analysis, self._offset(at))
        except RenameRefusedError as error:
            raise InvalidParamsError(str(error)) from None
        return None if found is None else self.places.range(found)

    def rename(self, at: types.Position, new: str) -> types.WorkspaceEdit:
        """:raises InvalidParamsError: it cannot be called so"""
        try:
            spans = renamed(self.analysis, self._offset(at), new)
        except RenameRefusedError as error:
            raise InvalidParamsError(str(error)) from None
        edits = [types.TextEdit(self.places.range(span), new) for span in spans]
        return types.WorkspaceEdit(changes={self.document.uri: edits})

    def symbols(self) -> Sequence[types.DocumentSymbol] | Sequence[types.SymbolInformation]:
        """Of the text that could be read last: an outline that collapses while somebody types would help nobody."""
        found, places = symbols(self.whole), Positions(self.whole.source, self.client.encoding)
        if self.client.has_symbol_trees:
            return [self._symbol(each, places) for each in found]
        return [self._flat_symbol(each, places) for top in found for each in (top, *top.children)]

    def _symbol(self, symbol: Symbol, places: Positions) -> types.DocumentSymbol:
        return types.DocumentSymbol(
            name=symbol.name,
            kind=_symbol_kind(symbol),
            range=places.range(symbol.span),
            selection_range=places.range(symbol.selection),
            detail=symbol.detail,
            children=[self._symbol(child, places) for child in symbol.children],
        )

    def _flat_symbol(self, symbol: Symbol, places: Positions) -> types.SymbolInformation:
        location = types.Location(self.document.uri, places.range(symbol.span))
        return types.SymbolInformation(name=symbol.name, kind=_symbol_kind(symbol), location=location)

    def lens(self) -> tuple[Lens, types.Range] | None:
        found = lens(self.analysis)
        return None if found is None else (found, self.places.range(found.span))


def answers(document: Document, project: FolderProject, client: LanguageClient, before: Answers | None) -> Answers:
    """`before`: those of the text before."""
    analysis = project.outside.analysis(document.path, document.text or "")
    whole = analysis if analysis.is_whole or before is None else before.whole
    places = Positions(analysis.source, client.encoding)
    return Answers(
        document=document,
        project=project,
        client=client,
        analysis=analysis,
        whole=whole,
        places=places,
        diagnostics=diagnostics.published(document, analysis.diagnostics, places),
    )


def _symbol_kind(symbol: Symbol) -> types.SymbolKind:
    if symbol.is_step:
        return types.SymbolKind.Function
    return types.SymbolKind.Namespace if symbol.children else types.SymbolKind.Property
