"""With the real analysis in the real thread, which a test can hold up."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from lsprotocol import types

from tests.factories import asynchronous
from treadle.rpc.language.analyses import MAX_KEPT, Analyses
from treadle.rpc.language.answers import Answers
from treadle.rpc.language.client import LanguageClient
from treadle.rpc.language.documents import Document, Documents
from treadle.rpc.language.thread import LanguageThread
from treadle.service.workflow_types import Outside
from treadle.service.workflows import FolderProject
from treadle.workflows.registry import Registry

URI = "file:///x/.treadle/workflows/a.yaml"
VALID = "name: a\nsteps:\n  b: {run: [x]}\n"


class Desk:
    """Analyses, and what they published."""

    def __init__(self, thread: LanguageThread) -> None:
        self.thread = thread
        self.documents = Documents()
        self.published: list[tuple[int, int]] = []
        self.looked_for = 0
        self.project = FolderProject(id=None, outside=Outside(Registry.of()))
        self._arrived = asyncio.Event()
        client = LanguageClient.of(types.ClientCapabilities(), "utf-16")
        self.analyses = Analyses(
            self.documents, thread, client=lambda: client, project_of=self._project_of, publish=self._publish
        )

    def write(self, version: int, text: str, uri: str = URI) -> None:
        document = self.documents.open(uri, version, text)
        assert document is not None
        self.analyses.begin(document)

    async def until_published(self, version: int) -> None:
        while not self.published or self.published[-1][0] != version:
            self._arrived.clear()
            await self._arrived.wait()

    async def _project_of(self, document: Document) -> FolderProject:
        self.looked_for += 1
        return self.project

    def _publish(self, answers: Answers) -> None:
        self.published.append((answers.document.version, len(answers.diagnostics.diagnostics)))
        self._arrived.set()


@asynccontextmanager
async def desk() -> AsyncIterator[Desk]:
    thread = LanguageThread()
    made = Desk(thread)
    try:
        yield made
    finally:
        made.analyses.close()
        thread.close()


@asynccontextmanager
async def held(thread: LanguageThread) -> AsyncIterator[None]:
    """The thread does nothing else meanwhile."""
    begun, ending = threading.Event(), threading.Event()

    def wait() -> None:
        begun.set()
        ending.wait()

    holding = asyncio.create_task(thread.run(wait))
    await asyncio.to_thread(begun.wait)
    try:
        yield
    finally:
        ending.set()
        await holding


@asynchronous
async def test_of_many_changes_the_last_is_told() -> None:
    async with desk() as made:
        async with held(made.thread):
            for version in range(1, 100):
                made.write(version, "[")
                await asyncio.sleep(0)
            made.write(100, VALID)
        await made.until_published(100)
        assert made.published == [(100, 0)]
        assert made.looked_for == 2, "one was begun when the others came"


@asynchronous
async def test_a_question_is_answered_for_the_newest_text() -> None:
    async with desk() as made:
        made.write(1, "[")
        async with held(made.thread):
            made.write(2, VALID)
            asking = asyncio.create_task(made.analyses.answer(URI, lambda answers: answers.document.version))
            await asyncio.sleep(0)
            made.write(3, VALID)
        assert await asking == 3


@asynchronous
async def test_the_same_text_is_analysed_once() -> None:
    async with desk() as made:
        made.write(1, VALID)
        for _ in range(3):
            assert await made.analyses.answer(URI, lambda answers: answers.lens()) is not None
        assert made.published == [(1, 0)]
        assert made.looked_for == 1


@asynchronous
async def test_what_could_be_read_last_is_kept_while_it_cannot_be() -> None:
    async with desk() as made:
        made.write(1, VALID)
        await made.until_published(1)
        made.write(2, VALID + "  [")
        assert await made.analyses.answer(URI, lambda answers: answers.whole.definition is not None)
        assert await made.analyses.answer(URI, lambda answers: answers.analysis.definition is None)


@asynchronous
async def test_a_closed_document_is_forgotten_also_while_it_is_analysed() -> None:
    async with desk() as made:
        async with held(made.thread):
            made.write(1, VALID)
            asking = asyncio.create_task(made.analyses.answer(URI, lambda answers: answers.document.version))
            await asyncio.sleep(0)
            made.documents.close(URI)
            made.analyses.forget(URI)
        await asking
        assert made.published == []
        assert await made.analyses.answer(URI, lambda answers: answers.document.version) is None


@asynchronous
async def test_only_the_last_few_analyses_are_kept() -> None:
    async with desk() as made:
        uris = [URI.replace("a.yaml", f"{number}.yaml") for number in range(MAX_KEPT + 1)]
        for uri in uris:
            made.documents.open(uri, 1, VALID)
            await made.analyses.answer(uri, lambda answers: None)
        assert made.looked_for == len(uris)
        await made.analyses.answer(uris[1], lambda answers: None)
        assert made.looked_for == len(uris)
        await made.analyses.answer(uris[0], lambda answers: None)
        assert made.looked_for == len(uris) + 1
        await made.analyses.answer(uris[1], lambda answers: None)
        assert made.looked_for == len(uris) + 1, "it was asked for since"


@asynchronous
async def test_documents_do_not_get_in_each_others_way() -> None:
    async with desk() as made:
        other = URI.replace("a.yaml", "b.yaml")
        made.write(1, "[")
        made.write(2, VALID, other)
        await made.until_published(2)
        assert made.published == [(1, 1), (2, 0)]


@asynchronous
async def test_what_has_not_changed_around_it_is_not_analysed_again() -> None:
    async with desk() as made:
        made.write(1, VALID)
        first = await made.analyses.answer(URI, lambda answers: answers.analysis)
        for project_id, is_same in ((None, True), (7, False), (7, True)):
            made.project = FolderProject(id=project_id, outside=made.project.outside)
            document = made.documents.get(URI)
            assert document is not None
            made.analyses.begin(made.documents.renew(document))
            again = await made.analyses.answer(URI, lambda answers: answers.analysis)
            assert (again is first) == is_same
            first = again
        assert made.published == [(1, 0), (1, 0)]


@asynchronous
async def test_what_is_not_kept_is_not_made_anew_where_nothing_has_changed_around_it() -> None:
    async with desk() as made:
        for number in range(MAX_KEPT + 1):
            made.write(number, VALID, URI.replace("a.yaml", f"{number}.yaml"))
        await made.until_published(MAX_KEPT)
        for document in made.documents.all():
            made.analyses.begin(made.documents.renew(document))
        kept = set(made.analyses._known)
        await asyncio.sleep(0)
        await made.analyses.answer("file:///after/all/of/them", lambda answers: None)
        assert made.looked_for == 2 * (MAX_KEPT + 1)
        assert set(made.analyses._known) == kept
        assert len(made.published) == MAX_KEPT + 1
