"""The analyses of a client's open documents: the newest text counts, and one is made at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from treadle.rpc.language.client import LanguageClient
from treadle.rpc.language.documents import Document, Documents
from treadle.rpc.language.thread import LanguageThread, T
from treadle.service.workflows import FolderProject

if TYPE_CHECKING:
    from treadle.rpc.language.answers import Answers
    from treadle.workflows.definition.diagnostics import Surroundings

logger = logging.getLogger(__name__)

MAX_KEPT = 8
"""Trees of large files take many times the room of their texts. Those of files that nobody looked at are made anew."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """By what a document was looked at: it is kept longer than what was found."""

    document: Document
    project_id: int | None
    surroundings: "Surroundings"


class Analyses:
    """Those of one client."""

    def __init__(
        self,
        documents: Documents,
        thread: LanguageThread,
        *,
        client: Callable[[], LanguageClient],
        project_of: Callable[[Document], Awaitable[FolderProject]],
        publish: Callable[["Answers"], None],
    ) -> None:
        """`publish`: called when the newest text of a document is another than before, or what is around it is."""
        self._documents = documents
        self._thread = thread
        self._client = client
        self._project_of = project_of
        self._publish = publish
        self._turn = asyncio.Lock()
        self._known: dict[str, Answers] = {}
        self._judged: dict[str, _Judged] = {}
        self._waiting: dict[str, asyncio.Task[None]] = {}

    def begin(self, document: Document) -> None:
        """Analyse it, soon. Of many texts that come meanwhile the last one counts."""
        if document.uri not in self._waiting:
            task = asyncio.get_running_loop().create_task(self._analyse(document.uri))
            self._waiting[document.uri] = task

    def forget(self, uri: str) -> None:
        """It was closed."""
        self._known.pop(uri, None)
        self._judged.pop(uri, None)

    def close(self) -> None:
        for task in self._waiting.values():
            task.cancel()

    async def answer(self, uri: str, function: Callable[["Answers"], T]) -> T | None:
        """What `function`, in the thread, says of the document's newest text; None of what is not open or too large."""
        async with self._turn:
            answers = await self._newest(uri)
            return None if answers is None else await self._thread.run(lambda: function(answers))

    async def _analyse(self, uri: str) -> None:
        async with self._turn:
            self._waiting.pop(uri, None)
            try:
                await self._newest(uri, is_asked=False)
            except Exception:
                logger.exception("a workflow file could not be analysed")

    async def _newest(self, uri: str, *, is_asked: bool = True) -> "Answers | None":
        """Whoever calls has the turn. If nobody has asked, those that hold on without being kept are not made anew."""
        document = self._documents.get(uri)
        if document is None or document.text is None:
            return None
        known = self._known.get(uri)
        if known is not None and known.document is document:
            self._keep(uri, known)
            return known
        project, client = await self._project_of(document), self._client()
        is_same = await self._is_same(document, project)
        if is_same and (known is not None or not is_asked):
            answers = None if known is None else replace(known, document=document, project=project)
        else:
            answers = await self._thread.run(lambda: _answers(document, project, client, known))
        if answers is not None and self._documents.get(uri) is document:
            self._keep(uri, answers)
            self._judged[uri] = _Judged(document, project.id, answers.analysis.surroundings)
            if not is_same:
                self._publish(answers)
        return answers

    async def _is_same(self, document: Document, project: FolderProject) -> bool:
        """Whether what was found last was found in this text, and by what is around it now."""
        judged = self._judged.get(document.uri)
        if judged is None or (judged.document, judged.project_id) != (document, project.id):
            return False
        around = await self._thread.run(lambda: project.outside.surroundings(document.path))
        return judged.surroundings == around

    def _keep(self, uri: str, answers: "Answers") -> None:
        """As the last; the one that has not been asked for longest goes."""
        self._known.pop(uri, None)
        self._known[uri] = answers
        while len(self._known) > MAX_KEPT:
            del self._known[next(iter(self._known))]


def _answers(document: Document, project: FolderProject, client: LanguageClient, before: "Answers | None") -> "Answers":
    # The parser and the template engine are loaded only for who edits workflows, and not on the loop.
    from treadle.rpc.language.answers import answers

    return answers(document, project, client, before)
