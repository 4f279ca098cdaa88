"""A workflow file that is open in an editor. The cursor of a text is written `‸`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsprotocol import types
from pytest_lsp import LanguageClient

from tests.lsp_editors import ANSWER_SECONDS, Place, ask

CURSOR = "‸"
PUBLISHED = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS

QUESTIONS: dict[str, dict[str, Any]] = {
    "textDocument/completion": {"position": {"line": 0, "character": 0}},
    "textDocument/hover": {"position": {"line": 0, "character": 0}},
    "textDocument/definition": {"position": {"line": 0, "character": 0}},
    "textDocument/references": {"position": {"line": 0, "character": 0}, "context": {"includeDeclaration": True}},
    "textDocument/documentHighlight": {"position": {"line": 0, "character": 0}},
    "textDocument/prepareRename": {"position": {"line": 0, "character": 0}},
    "textDocument/rename": {"position": {"line": 0, "character": 0}, "newName": "x"},
    "textDocument/documentSymbol": {},
    "textDocument/codeLens": {},
}
"""All that may be asked of a workflow file, with the least of parameters besides the document."""

FIX = """\
name: fix_it
parameters:
  test: {type: string, description: Which test}
steps:
  test:
    run: [pytest, "{{ parameters.test }}"]
    max_attempts: 5
    on: {ok: finish, error: fix}
    save: {said: "{{ result.stdout }}"}
  fix:
    agent: |
      Grüße 😀 {{ results.test.stdout }}
      {{ state.said }}
    on: {ok: test}
"""


def workflow_path(place: Place, name: str = "fix_it.yaml") -> Path:
    path = place.project / ".treadle" / "workflows" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def units(text: str, encoding: str) -> int:
    """How long a piece of a line is, as a client counts that."""
    size = {"utf-8": 1, "utf-16": 2, "utf-32": 4}[encoding]
    return len(text.encode(f"{encoding}-le" if size > 1 else encoding)) // size


def position(text: str, offset: int, encoding: str = "utf-16") -> types.Position:
    before = text[:offset].replace("\r\n", "\n")
    line = before.rpartition("\n")[2]
    return types.Position(before.count("\n"), units(line, encoding))


def cut(text: str, place: types.Range, encoding: str = "utf-16") -> str:
    """What stands there in a text, one line of it."""
    assert place.start.line == place.end.line
    line = text.replace("\r\n", "\n").split("\n")[place.start.line]
    lengths = [units(line[:count], encoding) for count in range(len(line) + 1)]
    return line[lengths.index(place.start.character) : lengths.index(place.end.character)]


@dataclass
class OpenDocument:
    client: LanguageClient
    uri: str
    encoding: str = "utf-16"
    version: int = 0
    text: str = ""

    async def show(self, text: str) -> Sequence[types.Diagnostic]:
        """The file with this text; what there is to say of it."""
        self.write(text)
        return await self.diagnostics()

    def write(self, text: str) -> None:
        self.version += 1
        self.text = text
        if self.version == 1:
            item = types.TextDocumentItem(self.uri, "yaml", self.version, text)
            self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        else:
            document = types.VersionedTextDocumentIdentifier(version=self.version, uri=self.uri)
            change = types.TextDocumentContentChangeWholeDocument(text)
            self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def diagnostics(self) -> Sequence[types.Diagnostic]:
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                told: types.PublishDiagnosticsParams = await self.client.wait_for_notification(PUBLISHED)
                if (told.uri, told.version) == (self.uri, self.version):
                    return told.diagnostics

    async def close(self) -> Sequence[types.Diagnostic]:
        document = types.TextDocumentIdentifier(self.uri)
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))
        async with asyncio.timeout(ANSWER_SECONDS):
            told: types.PublishDiagnosticsParams = await self.client.wait_for_notification(PUBLISHED)
        return told.diagnostics

    @property
    def identifier(self) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier(self.uri)

    def at(self, found: str, skip: int = 0) -> types.Position:
        """Where these words begin, or so many characters behind."""
        return position(self.text, self.text.index(found) + skip, self.encoding)

    async def complete(self, text: str) -> dict[str, types.CompletionItem]:
        """The file with this text, what could be written at its cursor."""
        offset = text.index(CURSOR)
        self.write(text.replace(CURSOR, ""))
        params = types.CompletionParams(self.identifier, position(self.text, offset, self.encoding))
        answer = await ask(self.client, types.TEXT_DOCUMENT_COMPLETION, params)
        return {item.label: item for item in answer.items}

    def with_edit(self, item: types.CompletionItem) -> str:
        assert isinstance(item.text_edit, types.TextEdit)
        return self._with(item.text_edit)

    def with_edits(self, edit: types.WorkspaceEdit) -> str:
        assert edit.changes is not None
        text = self.text
        for each in sorted(edit.changes[self.uri], key=lambda one: (one.range.start.line, one.range.start.character)):
            assert cut(self.text, each.range, self.encoding)
        for each in reversed(edit.changes[self.uri]):
            text = OpenDocument(self.client, self.uri, self.encoding, text=text)._with(each)
        return text

    def _with(self, edit: types.TextEdit) -> str:
        start, end = (self._offset(at) for at in (edit.range.start, edit.range.end))
        return self.text[:start] + edit.new_text + self.text[end:]

    def _offset(self, wanted: types.Position) -> int:
        return next(
            offset for offset in range(len(self.text) + 1) if position(self.text, offset, self.encoding) == wanted
        )
