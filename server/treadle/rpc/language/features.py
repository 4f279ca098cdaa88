"""What an editor may ask of workflow files: LSP's methods, each bound to what answers it.

A client may tell of all that it has open; of other documents nothing is kept.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeVar

from lsprotocol import types

from treadle.domain.scope import Scope
from treadle.rpc.engine import Engine
from treadle.rpc.language import diagnostics
from treadle.rpc.language.analyses import Analyses
from treadle.rpc.language.client import LanguageClient
from treadle.rpc.language.documents import MAX_DOCUMENTS, Document, Documents, workflow_file
from treadle.rpc.language.language import Language
from treadle.rpc.language.last_runs import LastRuns
from treadle.service.workflows import FolderProject, LastRun

if TYPE_CHECKING:
    from treadle.rpc.language.answers import Answers

RUN, SHOW = "treadle.runWorkflow", "treadle.showTimeline"
"""Commands of the client: the daemon runs nothing."""
TRIGGERS = (" ", ".")
"""Behind a colon, an opening brace or a dot. Where nothing can be completed, as within a prompt, nothing is."""


T = TypeVar("T")


class _OfDocument(Protocol):
    @property
    def text_document(self) -> types.TextDocumentIdentifier: ...


class Features:
    """Those of one connection."""

    def __init__(self, engine: Engine, language: Language, scope: Callable[[], Scope]) -> None:
        self._engine = engine
        self._language = language
        self._scope = scope
        self._documents = Documents()
        self._analyses = Analyses(
            self._documents,
            language.thread,
            client=lambda: self._client,
            project_of=self._project_of,
            publish=lambda answers: self._publish(answers.diagnostics),
        )
        self._last_runs = LastRuns(language.workflows, language.notices, self._refresh)
        self._forget_project = language.projects.watch(self._project_opened)
        self._bind()

    def close(self) -> None:
        self._forget_project()
        self._last_runs.close()
        self._analyses.close()
        self._documents.close_all()

    @cached_property
    def _client(self) -> LanguageClient:
        return LanguageClient.of(self._engine.client_capabilities, self._engine.workspace.position_encoding or "utf-16")

    def _bind(self) -> None:
        completing = types.CompletionOptions(trigger_characters=list(TRIGGERS))
        for method, handler, options in (
            (types.TEXT_DOCUMENT_DID_OPEN, self._did_open, None),
            (types.TEXT_DOCUMENT_DID_CHANGE, self._did_change, None),
            (types.TEXT_DOCUMENT_DID_CLOSE, self._did_close, None),
            (types.TEXT_DOCUMENT_COMPLETION, self._completion, completing),
            (types.TEXT_DOCUMENT_HOVER, self._hover, None),
            (types.TEXT_DOCUMENT_DEFINITION, self._definition, None),
            (types.TEXT_DOCUMENT_REFERENCES, self._references, None),
            (types.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, self._highlights, None),
            (types.TEXT_DOCUMENT_PREPARE_RENAME, self._prepare_rename, None),
            (types.TEXT_DOCUMENT_RENAME, self._rename, None),
            (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, self._symbols, None),
            (types.TEXT_DOCUMENT_CODE_LENS, self._lenses, None),
        ):
            self._engine.bind(method, handler, options)

    # what the client tells

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        told = params.text_document
        document = self._documents.open(told.uri, told.version, told.text)
        if document is not None:
            self._begin(document)
        elif workflow_file(told.uri) is not None:
            self._publish(diagnostics.one_too_many(told.uri, told.version, MAX_DOCUMENTS))

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Each change is the whole text, as was agreed; a client that tells of a part would be misunderstood."""
        if not params.content_changes:
            return
        last = params.content_changes[-1]
        if isinstance(last, types.TextDocumentContentChangePartial):
            return
        document = self._documents.change(params.text_document.uri, params.text_document.version, last.text)
        if document is not None:
            self._begin(document)

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        self._analyses.forget(uri)
        self._last_runs.forget(uri)
        if self._documents.close(uri) or workflow_file(uri) is not None:
            self._publish(diagnostics.nothing(uri))

    def _begin(self, document: Document) -> None:
        if document.text is None:
            self._publish(diagnostics.too_large(document))
        else:
            self._analyses.begin(document)

    def _project_opened(self, root: str) -> None:
        """Its components and its other workflows may have changed."""
        for document in self._documents.all():
            if document.root == root:
                self._begin(self._documents.renew(document))

    # what it asks

    async def _completion(self, params: types.CompletionParams) -> types.CompletionList | None:
        return await self._answer(params, lambda answers: answers.completion(params.position))

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        return await self._answer(params, lambda answers: answers.hover(params.position))

    async def _definition(self, params: types.DefinitionParams) -> list[types.Location] | None:
        return await self._answer(params, lambda answers: answers.definition(params.position))

    async def _references(self, params: types.ReferenceParams) -> list[types.Location] | None:
        wanted = params.context.include_declaration
        return await self._answer(params, lambda answers: answers.references(params.position, with_declarations=wanted))

    async def _highlights(self, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight] | None:
        return await self._answer(params, lambda answers: answers.highlights(params.position))

    async def _prepare_rename(self, params: types.PrepareRenameParams) -> types.Range | None:
        return await self._answer(params, lambda answers: answers.renamable(params.position))

    async def _rename(self, params: types.RenameParams) -> types.WorkspaceEdit | None:
        return await self._answer(params, lambda answers: answers.rename(params.position, params.new_name))

    async def _symbols(
        self, params: types.DocumentSymbolParams
    ) -> Sequence[types.DocumentSymbol] | Sequence[types.SymbolInformation] | None:
        return await self._answer(params, lambda answers: answers.symbols())

    async def _lenses(self, params: types.CodeLensParams) -> list[types.CodeLens] | None:
        found = await self._answer(params, lambda answers: (answers.project.id, answers.lens()))
        if found is None:
            return None
        project_id, lens = found
        if lens is None:
            return []
        named, place = lens
        uri = params.text_document.uri
        arguments = [{"uri": uri, "name": named.name}]
        lenses = [types.CodeLens(place, types.Command("▷ Run", RUN, arguments=arguments))] if named.can_run else []
        if project_id is not None:
            run = await self._last_runs.shown(self._scope(), uri, project_id=project_id, name=named.name)
            lenses += [] if run is None else [types.CodeLens(place, _of_last_run(run))]
        return lenses

    async def _answer(self, params: "_OfDocument", function: Callable[["Answers"], T]) -> T | None:
        return await self._analyses.answer(params.text_document.uri, function)

    # what is told to it

    def _publish(self, params: types.PublishDiagnosticsParams) -> None:
        self._engine.text_document_publish_diagnostics(params)

    async def _refresh(self) -> None:
        if self._client.refreshes_lenses:
            await self._engine.workspace_code_lens_refresh_async(None)

    async def _project_of(self, document: Document) -> FolderProject:
        return await self._language.project_of(self._scope(), document, self._documents.beside(document))


def _of_last_run(run: LastRun) -> types.Command:
    """With the day and the time: words such as "a minute ago" would stand there for hours."""
    started = datetime.fromisoformat(run.started_at).astimezone()
    title = f"Last run: {run.status}, session {run.session_id}, {started:%Y-%m-%d %H:%M}"
    return types.Command(title, SHOW, arguments=[run.session_id])
