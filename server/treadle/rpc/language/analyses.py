"""The analyses of a client's open documents: the newest text counts, and one is made at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from treadle.rpc.language.documents import Document, Documents
from treadle.rpc.language.thread import LanguageThread, T
from treadle.service.workflow_language import FileProject

if TYPE_CHECKING:
    from treadle.workflows.definition.analysis import Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    document: Document
    project: FileProject
    analysis: "Analysis"
    whole: "Analysis"
    """Of the text that could be read last: while somebody types, the newest often cannot."""


class Analyses:
    """Those of one client."""

    def __init__(
        self,
        documents: Documents,
        thread: LanguageThread,
        *,
        project_of: Callable[[Document], Awaitable[FileProject]],
        publish: Callable[[Analysed], None],
    ) -> None:
        """`publish`: called once for every text that was still the newest when its analysis was done."""
        self._documents = documents
        self._thread = thread
        self._project_of = project_of
        self._publish = publish
        self._turn = asyncio.Lock()
        self._known: dict[str, Analysed] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def begin(self, document: Document) -> None:
        """Analyse it, soon. Of many texts that come meanwhile the last one counts."""
        if document.uri not in self._waiting:
            task = asyncio.get_running_loop().create_task(self._analyse(document.uri))
            self._waiting[document.uri] = task

    def forget(self, uri: str) -> None:
        """It was closed."""
        self._known.pop(uri, None)

    def close(self) -> None:
        for task in self._waiting.values():
            task.cancel()

    async def answer(self, uri: str, function: Callable[[Analysed], T]) -> T | None:
        """What `function`, in the thread, says of the document's newest text; None of what is not open or too large."""
        async with self._turn:
            analysed = await self._newest(uri)
            return None if analysed is None else await self._thread.run(lambda: function(analysed))

    async def _analyse(self, uri: str) -> None:
        async with self._turn:
            self._waiting.pop(uri, None)
            await self._newest(uri)

    async def _newest(self, uri: str) -> Analysed | None:
        """Whoever calls has the turn."""
        document = self._documents.get(uri)
        if document is None or document.text is None:
            return None
        known = self._known.get(uri)
        if known is not None and known.document is document:
            return known
        project = await self._project_of(document)
        analysed = await self._thread.run(lambda: _analysed(document, project, known))
        if self._documents.get(uri) is document:
            self._known[uri] = analysed
            self._publish(analysed)
        return analysed


def _analysed(document: Document, project: FileProject, known: Analysed | None) -> Analysed:
    # The parser and the template engine are loaded only for who edits workflows, and not on the loop.
    from treadle.workflows.definition.analysis import analyse

    analysis = analyse(document.text or "", project.surroundings)
    is_whole = analysis.tree is not None or known is None
    return Analysed(
        document=document,
        project=project,
        analysis=analysis,
        whole=analysis if is_whole or known is None else known.whole,
    )
