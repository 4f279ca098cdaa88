"""A project's workflows, found by name and kept by sessions."""

import importlib
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

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
from treadle.service import workflow_files, workflow_types
from treadle.service.application import Application
from treadle.service.project_texts import MAX_TEXTS, MAX_WORKFLOWS, is_workflow
from treadle.service.workflow_files import WorkflowFile
from treadle.service.workflow_types import Outside
from treadle.storage import sessions as session_rows
from treadle.workflows.definition import file_rules
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


@pytest.mark.parametrize(
    ("content", "line", "code", "said"),
    [
        (b"#" * (file_rules.MAX_BYTES + 1), 1, "too_large", "is larger than 262144 bytes"),
        (b"name: bad\nsteps: {a: {run: [\xe9]}}\n", 2, "not_utf8", "is not UTF-8 in line 2"),
        (b"\0name: bad", 1, "not_text", "is no text: it begins with a null character"),
        (b"\0not_utf8\x000x\0evil", 1, "not_text", "is no text: it begins with a null character"),
    ],
)
@asynchronous
async def test_a_workflow_that_cannot_be_read_is_told_and_its_project_is_opened(
    tmp_path: Path, content: bytes, line: int, code: str, said: str
) -> None:
    write(tmp_path / "p", "one.yaml", TEXT.replace("NAME", "one"))
    (tmp_path / "p" / ".treadle" / "workflows" / "bad.yaml").write_bytes(content)
    async with open_application(tmp_path) as application:
        session = await begun(application, tmp_path / "p")
        listing = await application.workflows.list(LOCAL, project_id=session.project_id)
        assert [each.path for each in listing.types] == [".treadle/workflows/one.yaml"]
        assert listing.problems == (f".treadle/workflows/bad.yaml {said}.",)
        with pytest.raises(WorkflowInvalidError) as told:
            await application.sessions.create(LOCAL, type="bad", project_id=session.project_id)
        assert told.value.details == {
            "path": ".treadle/workflows/bad.yaml",
            "line": line,
            "column": 1,
            "code": code,
        }


@asynchronous
async def test_a_character_that_stands_for_others_is_one_like_others(tmp_path: Path) -> None:
    write(tmp_path / "p", "one.yaml", TEXT.replace("NAME", "one").replace("Says it", "Says \ufffd"))
    async with open_application(tmp_path) as application:
        session = await begun(application, tmp_path / "p")
        assert session.definition is not None
        assert session.definition["description"] == "Says \ufffd."


@asynchronous
async def test_one_workflow_too_many_and_one_of_a_strange_name_are_told_and_do_not_count_as_texts(
    tmp_path: Path,
) -> None:
    root = tmp_path / "p"
    for number in range(MAX_WORKFLOWS):
        write(root, f"w{number:03}.yaml", "name: [")
    write(root, "one.yaml", TEXT.replace("NAME", "one"))
    for number in range(MAX_TEXTS):
        (root / ".treadle" / "rules").mkdir(exist_ok=True)
        (root / ".treadle" / "rules" / f"{number}.md").write_text("Be kind.")
    strange = os.fsencode(root / ".treadle" / "workflows") + b"/a\xe9.yaml"
    os.close(os.open(strange, os.O_CREAT | os.O_WRONLY))
    async with open_application(tmp_path) as application:
        project_id = (await open_project(application, root)).project.id
        problems = (await application.workflows.list(LOCAL, project_id=project_id)).problems
        assert len(problems) == MAX_WORKFLOWS + 1
        assert problems[0] == ".treadle/workflows/a\\udce9.yaml has a name that is not UTF-8."
        last = ".treadle/workflows/w199.yaml"
        assert problems[-1] == f"{last} is one too many: workflows are 200 files at most."
        checked = await application.workflows.check(
            LOCAL, project_id=project_id, path=last, text=TEXT.replace("NAME", "w199")
        )
        assert [each.message for each in checked.analysis.errors] == [
            "The file is one too many: workflows are 200 files at most."
        ]
        assert checked.analysis.definition is None


@pytest.mark.parametrize(
    "broken", [("analysis.analyse",), ("yaml_tree.read", "analysis.read"), ("session_type.session_type_of",)]
)
def test_a_defect_that_one_file_meets_leaves_the_others_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: tuple[str, ...]
) -> None:
    workflow_types._made.cache_clear()
    workflow_files.head.cache_clear()
    module, _, name = f"treadle.workflows.definition.{broken[0]}".rpartition(".")
    real = getattr(importlib.import_module(module), name)

    def fail(given: Any, *more: Any) -> Any:
        if "evil" in str(given):
            raise RecursionError
        return real(given, *more)

    for each in broken:
        monkeypatch.setattr(f"treadle.workflows.definition.{each}", fail)
    around = outside(file("one"), file("evil"))
    assert around.find("one").id == "one"
    around.prepare("evil")
    listing = around.listing()
    assert [each.session_type.id for each in listing.types] == ["one"]
    (problem,) = listing.problems
    assert problem.startswith(".treadle/workflows/evil.yaml could not be looked at: that is a defect of Treadle")
    with pytest.raises(WorkflowInvalidError):
        around.find("evil")
    assert "RecursionError" in caplog.text
    workflow_files.head.cache_clear()


@asynchronous
async def test_what_is_around_a_file_is_that_of_a_project_in_the_scope(tmp_path: Path) -> None:
    write(tmp_path / "p", "one.yaml", TEXT.replace("NAME", "one"))
    async with open_application(tmp_path) as application:
        opened = await open_project(application, tmp_path / "p")
        there = await application.workflows.outside(LOCAL, project_id=opened.project.id)
        assert [each.path for each in there.files] == [".treadle/workflows/one.yaml"]
        assert there.components == ()
        nothing = await application.workflows.outside(LOCAL, project_id=None)
        assert (nothing.files, nothing.components) == ((), None)
        with pytest.raises(ProjectNotFoundError):
            await application.workflows.outside(Scope(account_id=2, user_id=2), project_id=opened.project.id)
