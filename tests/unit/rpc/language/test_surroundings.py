"""What is around an open workflow file changes: other files, other documents, the project. In this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from lsprotocol import types

from tests.factories import asynchronous
from tests.in_process import StreamClient, connected
from treadle.rpc.binding import MethodDispatcher
from treadle.rpc.daemon import Daemon
from treadle.rpc.language.language import Language
from treadle.service.application import Application
from treadle.workflows.registry import Registry

PUBLISHED, REFRESH = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS, types.WORKSPACE_CODE_LENS_REFRESH
INNER = "name: inner\nsteps:\n  a: {run: [x]}\n"
OUTER = "name: outer\nsteps:\n  a: {spawn: inner}\n"


class Editor:
    """Its documents lie in a folder of workflows. It answers nothing by itself."""

    def __init__(self, client: StreamClient, root: Path) -> None:
        self.client = client
        self.root = root
        self._number = 0
        self._waiting: list[dict[str, Any]] = []

    def path(self, name: str) -> Path:
        path = self.root / ".treadle" / "workflows" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def tell(self, method: str, name: str, **more: object) -> None:
        document = {"uri": self.path(name).as_uri(), **more.pop("document", {})}  # type: ignore[dict-item]
        self.client.send(method=method, params={"textDocument": document, **more})

    def open(self, name: str, text: str) -> None:
        self.tell(types.TEXT_DOCUMENT_DID_OPEN, name, document={"languageId": "yaml", "version": 1, "text": text})

    def change(self, name: str, text: str) -> None:
        changes = [{"text": text}]
        self.tell(types.TEXT_DOCUMENT_DID_CHANGE, name, document={"version": 2}, contentChanges=changes)

    def close(self, name: str) -> None:
        self.tell(types.TEXT_DOCUMENT_DID_CLOSE, name)

    def save(self, name: str) -> None:
        self.tell(types.TEXT_DOCUMENT_DID_SAVE, name)

    async def ask(self, method: str, params: object) -> Any:
        self._number += 1
        self.client.send(id=self._number, method=method, params=params)
        return (await self._next(lambda each: each.get("id") == self._number and "method" not in each))["result"]

    async def told(self, name: str) -> list[str]:
        """The codes of what is wrong with a document, when something is published of it."""
        uri = self.path(name).as_uri()
        published = await self._next(lambda each: each.get("method") == PUBLISHED and each["params"]["uri"] == uri)
        return [each["code"] for each in published["params"]["diagnostics"]]

    async def is_told_to_refresh(self) -> None:
        asked = await self._next(lambda each: each.get("method") == REFRESH)
        self.client.send(id=asked["id"], result=None)

    async def lenses(self, name: str) -> list[str]:
        found = await self.ask(types.TEXT_DOCUMENT_CODE_LENS, {"textDocument": {"uri": self.path(name).as_uri()}})
        return [lens["command"]["title"] for lens in found]

    async def open_project(self, root: Path | None = None) -> int:
        facts = {"root": str(root or self.root), "facts": {}}
        shown = await self.ask("project/open", facts)
        project = await self.ask("project/open", {**facts, "trustedHash": shown["contentHash"]})
        project_id: int = project["project"]["id"]
        return project_id

    async def _next(self, is_wanted: Any) -> dict[str, Any]:
        for index, each in enumerate(self._waiting):
            if is_wanted(each):
                return self._waiting.pop(index)
        while not is_wanted(message := await self.client.receive()):
            self._waiting.append(message)
        return message


@asynccontextmanager
async def editor(data_dir: Path, root: Path) -> AsyncIterator[Editor]:
    application = Application.open(data_dir, Registry.installed())
    daemon = Daemon(application=application, data_dir=data_dir, socket=None)
    language = Language(daemon)
    options: Any = {"hub": daemon.hub, "language": language, "initialize": False}
    try:
        async with connected(MethodDispatcher(daemon), **options) as client:
            made = Editor(client, root)
            capabilities = {"workspace": {"codeLens": {"refreshSupport": True}}}
            await made.ask("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
            yield made
    finally:
        language.close()
        await application.close()


@asynchronous
async def test_a_project_that_is_opened_is_seen_in_the_lenses(data_dir: Path, tmp_path: Path) -> None:
    async with editor(data_dir, tmp_path) as client:
        client.path("inner").write_text(INNER)
        client.open("inner", INNER)
        assert await client.told("inner") == []
        assert await client.lenses("inner") == ["▷ Run"]
        project_id = await client.open_project()
        await client.is_told_to_refresh()
        await client.ask("session/create", {"type": "inner", "projectId": project_id})
        assert len(await client.lenses("inner")) == 2
        await client.ask("project/delete", {"projectId": project_id})
        await client.is_told_to_refresh()
        assert await client.lenses("inner") == ["▷ Run"]


@asynchronous
async def test_a_project_behind_a_link_is_the_one_that_it_leads_to(data_dir: Path, tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to(real)
    async with editor(data_dir, link) as client:
        client.path("inner").write_text(INNER)
        (real / ".treadle" / "project.yaml").write_text("components:\n  - {name: Core, kind: module}\n")
        spawning = INNER.replace("run: [x]", "spawn: component_test, components: [Cor]")
        client.open("inner", spawning)
        assert await client.told("inner") == ["unknown_component"]
        project_id = await client.open_project(real)
        await client.is_told_to_refresh()
        client.change("inner", INNER)
        assert await client.told("inner") == ["unknown_component"], "the same, of the project now"
        assert await client.told("inner") == []
        await client.ask("session/create", {"type": "inner", "projectId": project_id})
        assert len(await client.lenses("inner")) == 2


@asynchronous
async def test_a_file_that_is_written_later_is_found_when_it_is_saved_or_opened(data_dir: Path, tmp_path: Path) -> None:
    async with editor(data_dir, tmp_path) as client:
        client.open("outer", OUTER)
        assert await client.told("outer") == ["unknown_type"]
        client.open("inner", INNER)
        assert await client.told("inner") == []
        client.path("inner").write_text(INNER)
        client.save("inner")
        assert await client.told("outer") == []
        assert await client.lenses("outer") == ["▷ Run"]
        client.path("inner").unlink()
        client.close("inner")
        assert await client.told("outer") == ["unknown_type"]
        await client.is_told_to_refresh()
        client.path("inner").write_text(INNER)
        client.open("inner", INNER)
        assert await client.told("outer") == []


@asynchronous
async def test_a_file_of_another_name_leaves_its_old_one(data_dir: Path, tmp_path: Path) -> None:
    async with editor(data_dir, tmp_path) as client:
        client.path("b").write_text(INNER)
        await client.open_project()
        client.path("b").rename(client.path("c"))
        client.open("c", INNER)
        assert await client.told("c") == []
        assert await client.lenses("c") == ["▷ Run"]


@asynchronous
async def test_while_a_name_is_changed_in_the_editor_others_are_judged_by_it(data_dir: Path, tmp_path: Path) -> None:
    async with editor(data_dir, tmp_path) as client:
        client.path("inner").write_text(INNER)
        client.open("outer", OUTER)
        client.open("inner", INNER)
        assert await client.told("outer") == []
        client.change("inner", INNER.replace("inner", "other"))
        assert await client.told("outer") == ["unknown_type"]
        client.change("inner", INNER)
        assert await client.told("outer") == []


@asynchronous
async def test_what_has_not_changed_is_not_told_again(data_dir: Path, tmp_path: Path) -> None:
    async with editor(data_dir, tmp_path) as client:
        client.path("inner").write_text(INNER)
        client.open("outer", OUTER)
        client.open("inner", INNER)
        assert (await client.told("outer"), await client.told("inner")) == ([], [])
        for _ in range(3):
            client.save("inner")
        client.change("inner", INNER.replace("run: [x]", "run: [y]"))
        assert await client.told("inner") == []
        await client.lenses("outer")
        assert client._waiting == []


@asynchronous
async def test_many_open_files_come_to_rest(data_dir: Path, tmp_path: Path) -> None:
    """More of them than analyses are kept, and all name each other."""
    async with editor(data_dir, tmp_path) as client:
        names = [f"w{number}" for number in range(12)]
        for name in names:
            client.path(name).write_text(INNER.replace("inner", name))
        for name in names:
            client.open(name, INNER.replace("inner", name))
        for name in names:
            client.save(name)
        for name in names:
            assert await client.lenses(name) == ["▷ Run"]
        begun = len(client._waiting)
        await client.ask("session/list", {})
        assert len(client._waiting) - begun <= len(names)


@asynchronous
async def test_saving_is_nothing_to_complain_of(data_dir: Path, tmp_path: Path, caplog: Any) -> None:
    caplog.set_level("INFO")
    async with editor(data_dir, tmp_path) as client:
        client.open("inner", INNER)
        for _ in range(3):
            client.save("inner")
        client.client.send(method="textDocument/didSave", params={"textDocument": {"uri": "file:///x.py"}})
        await client.ask("session/list", {})
    assert "ignored" not in caplog.text
    assert "dropped" not in caplog.text
