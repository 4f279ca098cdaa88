"""A project's own prompts and rules: what was trusted is what steps read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import (
    ACTOR,
    EXAMPLE,
    WriteStep,
    asynchronous,
    new_session,
    next_command,
    open_application,
    open_project,
    take_step,
    write_settings,
)
from treadle.domain.command import Command
from treadle.domain.errors import ProjectInvalidError
from treadle.domain.scope import LOCAL
from treadle.service.application import Application
from treadle.service.project_texts import MAX_BYTES, MAX_TEXTS
from treadle.storage import project_texts as text_rows
from treadle.storage.connections import Cursor
from treadle.workflows.contract import SessionType, StepContext


class ReadingStep(WriteStep):
    """Its command holds what it reads."""

    def get_command(self, context: StepContext) -> Command:
        if context.session.title == "incurious":
            return super().get_command(context)
        return self.command(context, "claude", prompt="p", texts=dict(context.texts), count=len(context.texts))


READING: SessionType = replace(EXAMPLE, line=(ReadingStep(), *EXAMPLE.line[1:]))


def write(root: Path, path: str, content: bytes | str) -> None:
    file = root / ".treadle" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)


async def stored(application: Application) -> dict[str, str]:
    def read(rows: Cursor) -> dict[str, str]:
        return dict(rows.execute("SELECT path, content FROM project_texts").fetchall())

    return await application.database.read(read)


@contextmanager
def statements(application: Application) -> Iterator[list[str]]:
    """What the writing thread asks the database, meanwhile."""
    connection, heard = application.database._writer._connection, list[str]()
    connection.set_trace_callback(heard.append)
    try:
        yield heard
    finally:
        connection.set_trace_callback(None)


@asynchronous
async def test_a_step_reads_what_was_trusted_and_no_files(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        root = tmp_path / "p"
        texts = {"prompts/write.md": "Write well.\r\n", "rules/python.md": "Ä\n", "rules/deep/er/x.md": ""}
        for path, content in texts.items():
            write(root, path, content)
        write(root, "rules/python.md", b"\xef\xbb\xbf" + texts["rules/python.md"].encode())
        for path in ("rules/notes.txt", "other/x.md", "x.md", "rules.md", "workflows/w.md"):
            write(root, path, b"\xff not read")
        opened = await open_project(application, root)
        session = await application.sessions.create(LOCAL, type="example", project_id=opened.project.id)
        write(root, "rules/python.md", "changed behind its back")
        metadata = (await next_command(application, session.id)).interaction.command.metadata
        assert metadata == {"prompt": "p", "texts": texts, "count": 3}


@asynchronous
async def test_without_a_project_there_are_none(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        write(tmp_path / "p", "rules/a.md", "a")
        await open_project(application, tmp_path / "p")
        write(tmp_path / "q", "rules/b.md", "b")
        other = (await open_project(application, tmp_path / "q")).project
        homeless = await new_session(application)
        assert (await next_command(application, homeless.id)).interaction.command.metadata["texts"] == {}
        elsewhere = await application.sessions.create(LOCAL, type="example", project_id=other.id)
        following = await next_command(application, elsewhere.id)
        assert following.interaction.command.metadata["texts"] == {"rules/b.md": "b"}


@pytest.mark.requirement("trust.code-needs-trust")
@asynchronous
async def test_nothing_of_an_untrusted_folder_is_stored_and_what_was_trusted_stays(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        root = tmp_path / "p"
        write(root, "rules/a.md", "good")
        await open_project(application, root, trust=False)
        assert await stored(application) == {}
        await open_project(application, root)
        write(root, "rules/a.md", "evil")
        write(root, "rules/b.md", b"\xff evil too")
        assert not (await open_project(application, root, trust=False)).trusted
        assert await stored(application) == {"rules/a.md": "good"}


@asynchronous
async def test_only_what_changed_is_written(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        root = tmp_path / "p"
        for name in ("same", "changed", "gone"):
            write(root, f"rules/{name}.md", name)
        await open_project(application, root)
        with statements(application) as heard:
            await open_project(application, root)
        assert [each for each in heard if "project_texts" in each and not each.startswith("SELECT")] == []
        write(root, "rules/changed.md", "anew")
        write(root, "rules/new.md", "new")
        (root / ".treadle/rules/gone.md").unlink()
        with statements(application) as heard:
            await open_project(application, root)
        written = [each for each in heard if "project_texts" in each and not each.startswith("SELECT")]
        assert sorted(each.split()[0] for each in written) == ["DELETE", "INSERT", "INSERT"]
        assert await stored(application) == {
            "rules/same.md": "same",
            "rules/changed.md": "anew",
            "rules/new.md": "new",
        }


@asynchronous
async def test_a_step_that_does_not_ask_reads_none(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        write(tmp_path / "p", "rules/a.md", "a")
        project = (await open_project(application, tmp_path / "p")).project
        session = await application.sessions.create(LOCAL, type="example", project_id=project.id, title="incurious")
        with statements(application) as heard:
            await take_step(application, session.id)
        assert heard
        assert [each for each in heard if "project_texts" in each or "parent_session_id = " in each] == []


@asynchronous
async def test_they_go_with_their_project(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        write(tmp_path / "p", "rules/a.md", "a")
        project = (await open_project(application, tmp_path / "p")).project
        assert await stored(application) == {"rules/a.md": "a"}
        await application.projects.delete(LOCAL, project_id=project.id, actor=ACTOR)
        assert await stored(application) == {}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * (MAX_BYTES + 1), "is larger than 65536 bytes"),
        (b"one\ntwo \xff", "is not UTF-8 in line 2"),
        (b"a\0b", "is no text"),
    ],
)
@asynchronous
async def test_a_text_that_cannot_be_used_is_named_and_nothing_is_stored(
    tmp_path: Path, content: bytes, said: str
) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        write_settings(tmp_path / "p", "components: [{name: A}]")
        write(tmp_path / "p", "prompts/a.md", "good")
        write(tmp_path / "p", "prompts/wrong.md", content)
        with pytest.raises(ProjectInvalidError, match=rf"^\.treadle/prompts/wrong\.md {said}") as raised:
            await open_project(application, tmp_path / "p")
        assert raised.value.details == {"path": ".treadle/prompts/wrong.md"}
        assert await stored(application) == {}
        assert not (await open_project(application, tmp_path / "p", trust=False)).trusted


@asynchronous
async def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        write(tmp_path / "p", os.fsdecode(b"rules/\xff.md"), "a")
        with pytest.raises(ProjectInvalidError, match=r"^\.treadle/rules/\?\.md has a name that is not UTF-8"):
            await open_project(application, tmp_path / "p")


@asynchronous
async def test_as_many_and_as_large_as_may_be_are_taken_and_one_more_is_named(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        for number in range(MAX_TEXTS):
            write(tmp_path / "p", f"rules/{number:03}.md", "x")
        write(tmp_path / "p", "rules/000.md", "x" * MAX_BYTES)
        await open_project(application, tmp_path / "p")
        assert len(await stored(application)) == MAX_TEXTS
        write(tmp_path / "p", "rules/zzz.md", "x")
        with pytest.raises(ProjectInvalidError, match=r"rules/zzz\.md is one too many: .* 200 files at most"):
            await open_project(application, tmp_path / "p")


@asynchronous
async def test_a_text_that_is_not_there_is_missed_as_in_any_map(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", READING) as application:
        write(tmp_path / "p", "rules/a.md", "a")
        project = (await open_project(application, tmp_path / "p")).project

        def look(rows: Cursor) -> None:
            texts = text_rows.StoredTexts(rows, project.id)
            assert (texts.get("rules/a.md"), texts.get("rules/b.md"), "rules/b.md" in texts) == ("a", None, False)
            assert (list(texts), len(texts), bool(texts)) == (["rules/a.md"], 1, True)
            with pytest.raises(KeyError, match=r"rules/b\.md"):
                texts["rules/b.md"]
            for statement in (text_rows.PATHS, text_rows.CONTENT):
                parameters = {"project_id": project.id, "path": "x"}
                (plan,) = rows.execute(f"EXPLAIN QUERY PLAN {statement}", parameters).fetchall()
                assert plan[3].startswith("SEARCH project_texts USING"), plan

        await application.database.read(look)
