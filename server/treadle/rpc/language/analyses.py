"""The analyses of a client's open documents: the newest text counts, and one is made at a time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from treadle.rpc.language.client import LanguageClient
from treadle.rpc.language.documents import Document, Documents
from treadle.rpc.language.thread import LanguageThread, T
from treadle.service.workflows import FolderProject

if TYPE_CHECKING:
    from treadle.rpc.language.answers import Answers

logger = logging.getLogger(__name__)


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
        """`publish`: called once for every text that was still the newest when its analysis was done."""
        self._documents = documents
        self._thread = thread
        self._client = client
        self._project_of = project_of
        self._publish = publish
        self._turn = asyncio.Lock()
        self._known: dict[str, Answers] = {}
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

    async def answer(self, uri: str, function: Callable[["Answers"], T]) -> T | None:
        """What `function`, in the thread, says of the document's newest text; None of what is not open or too large."""
        async with self._turn:
            answers = await self._newest(uri)
            return None if answers is None else await self._thread.run(lambda: function(answers))

    async def _analyse(self, uri: str) -> None:
        async with self._turn:
            self._waiting.pop(uri, None)
            try:
                await self._newest(uri)
            except Exception:
                logger.exception("a workflow file could not be analysed")

    async def _newest(self, uri: str) -> "Answers | None":
        """Whoever calls has the turn."""
        document = self._documents.get(uri)
        if document is None or document.text is None:
            return None
        known = self._known.get(uri)
        if known is not None and known.document is document:
            return known
        project, client = await self._project_of(document), self._client()
        answers = await self._thread.run(lambda: _answers(document, project, client, known))
        if self._documents.get(uri) is document:
            self._known[uri] = answers
            self._publish(answers)
        return answers


def _answers(document: Document, project: FolderProject, client: LanguageClient, before: "Answers | None") -> "Answers":
    # The parser and the template engine are loaded only for who edits workflows, and not on the loop.
    from treadle.rpc.language.answers import answers

    return answers(document, project, client, before)
