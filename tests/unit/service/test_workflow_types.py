"""A project's workflows, found by name and kept by sessions."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import EXAMPLE, asynchronous, open_application, open_project, take_step
from treadle.domain.errors import (
    ProjectNotFoundError,
    SessionTypeUnavailableError,
    UnknownSessionTypeError,
    WorkflowInvalidError,
)
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import Session
from treadle.service import workflow_types
from treadle.service.application import Application
from treadle.service.project_texts import MAX_WORKFLOW_BYTES, is_workflow
from treadle.service.workflow_types import Outside, WorkflowFile
from treadle.storage import sessions as session_rows
from treadle.workflows.registry import Registry

TEXT = "name: NAME\ndescription: Says it.\ncommit: false\nsteps:\n  say: {run: [echo, NAME]}\n"
SPAWNS = "name: all\nsteps:\n  go: {spawn: one}\n  then: {spawn: two, components: [Part]}\n"
NEEDS = TEXT.replace("NAME", "two") + "needs_component: true\n"


def file(name: str, text: str | None = None, suffix: str = "yaml") -> WorkflowFile:
    return WorkflowFile(f".treadle/workflows/{name}.{suffix}", text or TEXT.replace("NAME", name))


def outside(*files: WorkflowFile, components: tuple[str, ...] | None = ("Part",)) -> Outside:
    return Outside(Registry.of(EXAMPLE), files, components)


def test_a_workflow_is_found_by_the_name_that_its_file_says() -> None:
    found = outside(file("one"), file("two")).find("two")
    assert (found.id, found.description) == ("two", "Says it.")
    renamed = outside(file("one", TEXT.replace("NAME", "other")))
    assert renamed.find("other").id == "other"
    with pytest.raises(UnknownSessionTypeError, match=r"There is no session type one\. Known types: example, other\."):
        renamed.find("one")


def test_what_another_file_and_the_project_have_is_around_a_file() -> None:
    around = outside(file("one"), file("two", NEEDS), file("all", SPAWNS)).surroundings(
        "/home/a/.treadle/workflows/all.yaml"
    )
    assert dict(around.types) == {"example": "write → check → fix → check"}
    assert dict(around.workflows) == {"one": ".treadle/workflows/one.yaml", "two": ".treadle/workflows/two.yaml"}
    assert around.components == ("Part",)
    assert around.needs_component == {"two"}
    assert set(outside(file("one")).surroundings("elsewhere/one.yaml").workflows) == {"one"}


def test_a_workflow_that_another_one_spawns_must_be_there() -> None:
    around = outside(file("one"), file("two", NEEDS), file("all", SPAWNS))
    assert around.find("all").id == "all"
    with pytest.raises(WorkflowInvalidError, match="one"):
        outside(file("two", NEEDS), file("all", SPAWNS)).find("all")
    with pytest.raises(WorkflowInvalidError, match="Part"):
        outside(file("one"), file("two", NEEDS), file("all", SPAWNS), components=()).find("all")


def test_whoever_catches_a_refusal_does_not_change_the_next_one() -> None:
    around = outside(file("bad", "name: bad\n"))
    errors = []
    for _ in range(2):
        with pytest.raises(WorkflowInvalidError) as told:
            around.find("bad")
        errors.append(told.value)
    assert errors[0] is not errors[1]
    assert (errors[0].message, errors[0].details) == (errors[1].message, errors[1].details)


def test_what_is_prepared_is_at_hand_also_what_its_steps_will_want() -> None:
    around = outside(file("one"), file("two", NEEDS), file("all", SPAWNS))
    around.prepare("all")
    before = workflow_types._made.cache_info().misses
    for name in ("all", "one", "two"):
        around.find(name)
    assert workflow_types._made.cache_info().misses == before
    around.prepare("none")


def test_only_files_directly_in_the_folder_are_workflows() -> None:
    assert is_workflow("workflows/a.yaml")
    assert is_workflow("workflows/a.yml")
    for path in ("workflows/a/b.yaml", "workflows/a.json", "prompts/a.yaml", "a.yaml", "workflows.yaml"):
        assert not is_workflow(path)


def write(root: Path, name: str, text: str) -> None:
    path = root / ".treadle" / "workflows" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def begun(application: Application, root: Path) -> Session:
    opened = await open_project(application, root)
    return await application.sessions.create(LOCAL, type="one", project_id=opened.project.id)


@asynchronous
async def test_a_definition_that_cannot_be_read_any_more_is_told(tmp_path: Path) -> None:
    write(tmp_path / "p", "one.yaml", TEXT.replace("NAME", "one"))
    async with open_application(tmp_path) as application:
        session = await begun(application, tmp_path / "p")
        assert session.definition == {
            "name": "one",
            "description": "Says it.",
            "commit": False,
            "steps": {"say": {"run": ["echo", "one"]}},
        }
        stored = await application.database.read(lambda rows: session_rows.find(rows, LOCAL, session.id))
        assert stored is not None
        assert stored.definition == session.definition
        with pytest.raises(SessionTypeUnavailableError, match=r"definition of one is of another version"):
            workflow_types.kept(replace(session, definition={"name": "one", "steps": {"say": {"sing": "it"}}}))
        ended = await take_step(application, session.id)
        assert ended.session.status == "complete"
        assert ended.interaction.command.metadata == {"argv": ["echo", "one"]}


@asynchronous
async def test_a_workflow_that_is_too_large_is_refused_with_its_project(tmp_path: Path) -> None:
    write(tmp_path / "p", "one.yaml", "#" * (MAX_WORKFLOW_BYTES + 1))
    async with open_application(tmp_path) as application:
        with pytest.raises(Exception, match=r"\.treadle/workflows/one\.yaml is larger than 262144 bytes"):
            await open_project(application, tmp_path / "p")


@asynchronous
async def test_what_is_around_a_file_is_that_of_its_folders_project_in_the_scope(tmp_path: Path) -> None:
    write(tmp_path / "p", "one.yaml", TEXT.replace("NAME", "one"))
    async with open_application(tmp_path) as application:
        opened = await open_project(application, tmp_path / "p")
        there = await application.workflows.of_folder(LOCAL, root=str(tmp_path / "p"))
        assert there.id == opened.project.id
        assert [each.path for each in there.outside.files] == [".treadle/workflows/one.yaml"]
        assert there.outside.components == ()
        stranger = Scope(account_id=2, user_id=2)
        elsewhere = await application.workflows.of_folder(LOCAL, root=str(tmp_path))
        theirs = await application.workflows.of_folder(stranger, root=str(tmp_path / "p"))
        assert (elsewhere.id, theirs.id) == (None, None)
        for nothing in (elsewhere.outside, theirs.outside, await application.workflows.outside(LOCAL, project_id=None)):
            assert (nothing.files, nothing.components) == ((), None)
        with pytest.raises(ProjectNotFoundError):
            await application.workflows.outside(stranger, project_id=opened.project.id)
