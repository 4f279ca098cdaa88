"""What an editor may ask of workflow files: LSP's methods, each bound to what answers it.

A client may tell of all that it has open; of other documents nothing is kept.
"""

import asyncio
import os
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
from treadle.rpc.language.lens_refresh import LensRefresh
from treadle.service.workflows import FolderProject, LastRun

if TYPE_CHECKING:
    from treadle.rpc.language.answers import Answers
    from treadle.workflows.definition.lenses import Lens

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
            publish=self._analysed,
        )
        self._heads: dict[str, object] = {}
        self._refresh = LensRefresh(lambda: engine.protocol.ask(types.WORKSPACE_CODE_LENS_REFRESH))
        self._last_runs = LastRuns(language.workflows, language.notices, self._refresh.due)
        self._renewing: set[asyncio.Task[None]] = set()
        self._forget_project = language.projects.watch(self._project_changed)
        self._bind()

    def close(self) -> None:
        self._forget_project()
        self._last_runs.close()
        self._refresh.close()
        for task in self._renewing:
            task.cancel()
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
            (types.TEXT_DOCUMENT_DID_SAVE, self._did_save, types.SaveOptions(include_text=False)),
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
        self._heads.pop(uri, None)
        place = workflow_file(uri)
        if self._documents.close(uri) or place is not None:
            self._publish(diagnostics.nothing(uri))
        if place is not None:
            self._renew(place[0])

    def _did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        """It may be a new file, or of a new name."""
        place = workflow_file(params.text_document.uri)
        if place is not None:
            self._renew(place[0])

    def _begin(self, document: Document) -> None:
        if document.text is None:
            self._publish(diagnostics.too_large(document))
        else:
            self._analyses.begin(document)

    def _analysed(self, answers: "Answers") -> None:
        document = answers.document
        self._publish(answers.diagnostics)
        if document.is_renewed and document.uri in self._heads and self._client.refreshes_lenses:
            # Who opens or changes it asks for its lenses anyway.
            self._refresh.due()
        if self._heads.get(document.uri) != answers.head:
            self._heads[document.uri] = answers.head
            self._renew(document.root, besides=document.uri)

    def _renew(self, root: str, *, besides: str | None = None) -> None:
        """What the workflows there may refer to may have changed."""
        for document in self._documents.all():
            if document.root == root and document.uri != besides and document.text is not None:
                self._analyses.begin(self._documents.renew(document))

    def _project_changed(self, root: str | None) -> None:
        roots = {document.root for document in self._documents.all()}
        if roots:
            task = asyncio.get_running_loop().create_task(self._renew_those_at(root, roots))
            self._renewing.add(task)
            task.add_done_callback(self._renewing.discard)

    async def _renew_those_at(self, root: str | None, roots: set[str]) -> None:
        for each in roots if root is None else await asyncio.to_thread(_leading_to, root, roots):
            self._renew(each)

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
        uri = params.text_document.uri
        if found is None or self._documents.get(uri) is None:
            return None
        project_id, lens = found
        if lens is None:
            return []
        named, place = lens
        lenses = [types.CodeLens(place, _of_run(uri, named))]
        run = None if project_id is None else await self._last_run(uri, project_id, named.name)
        lenses += [] if run is None else [types.CodeLens(place, _of_last_run(run))]
        return lenses

    async def _last_run(self, uri: str, project_id: int, name: str) -> LastRun | None:
        if self._client.refreshes_lenses:
            return await self._last_runs.shown(self._scope(), uri, project_id=project_id, name=name)
        return await self._language.workflows.last_run(self._scope(), project_id=project_id, name=name)

    async def _answer(self, params: "_OfDocument", function: Callable[["Answers"], T]) -> T | None:
        return await self._analyses.answer(params.text_document.uri, function)

    # what is told to it

    def _publish(self, params: types.PublishDiagnosticsParams) -> None:
        self._engine.text_document_publish_diagnostics(params)

    async def _project_of(self, document: Document) -> FolderProject:
        return await self._language.project_of(self._scope(), document, self._documents.beside(document))


def _leading_to(root: str, roots: set[str]) -> list[str]:
    """Also by links."""
    return [each for each in roots if root in (each, os.path.realpath(each))]


def _of_run(uri: str, lens: "Lens") -> types.Command:
    """One that cannot be run stays, without a command: else the lines below would jump while somebody types."""
    if lens.errors:
        return types.Command(f"Run: {lens.errors} error{'s' if lens.errors > 1 else ''}", "")
    return types.Command("▷ Run", RUN, arguments=[{"uri": uri, "name": lens.name}])


def _of_last_run(run: LastRun) -> types.Command:
    """With the day and the time: words such as "a minute ago" would stand there for hours."""
    started = datetime.fromisoformat(run.started_at).astimezone()
    title = f"Last run: {run.status}, session {run.session_id}, {started:%Y-%m-%d %H:%M}"
    return types.Command(title, SHOW, arguments=[run.session_id])
